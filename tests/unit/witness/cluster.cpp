// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/witness/cluster.h"

#include <algorithm>

#include "common/core/overloaded.h"
#include "common/core/result.h"

namespace holdfast::witness {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr const char* kName = "web";
constexpr Duration kNetwork = milliseconds{2};
constexpr Duration kChannel = milliseconds{1};
constexpr Duration kEtcd = milliseconds{20};
constexpr Duration kKernelLate = milliseconds{400};  // at most
constexpr Duration kEtcdLate = milliseconds{500};    // at most

std::string name_of(int node) {
  return {static_cast<char>('a' + node)};
}

IpAddress address_of(int node) {
  return IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(node + 1)});
}

}  // namespace

Cluster::Cluster(WhenUnreachable when_unreachable, std::uint64_t seed, int nodes)
    : when_unreachable_(when_unreachable), random_(seed), nodes_(at(nodes)) {
  for (int node = 0; node < nodes; ++node) start(node);
}

int Cluster::holders() const {
  return static_cast<int>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.kernel; }));
}

Config Cluster::config(int node) const {
  Config config;
  config.node = name_of(node);
  InstanceConfig one;
  one.name = kName;
  one.interface = "eth0";
  one.vrid = Vrid{51};
  one.priority = Priority{static_cast<std::uint8_t>(150 - 50 * node)};
  VirtualAddress address;
  static_cast<IpPrefix&>(address) = IpPrefix::parse("192.0.2.10/24").value();
  one.addresses = {address};
  one.witness = when_unreachable_;
  config.instances = {one};
  config.witness.ttl = kTtl;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    config.witness.endpoints.emplace_back(IpAddress::v4({10, 0, 0, i}), std::uint16_t{2379});
  }
  return config;
}

Duration Cluster::latency(Duration most) {
  return microseconds{1 + static_cast<std::int64_t>(
                              random_() % static_cast<std::uint64_t>(most / microseconds{1}))};
}

// ---- Time.

std::optional<Time> Cluster::next() const {
  std::optional<Time> first;
  const auto consider = [&first](const std::optional<Time>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  if (!agenda_.empty()) consider(agenda_.begin()->first);
  for (const Node& node : nodes_) {
    if (node.vrrp_wakes) consider(std::max(*node.vrrp_wakes, node.vrrp_paused));
    if (node.witness_wakes) consider(std::max(*node.witness_wakes, node.witness_paused));
    consider(node.ends);
  }
  return first;
}

bool Cluster::step(Time until) {
  const std::optional<Time> due = next();
  const Time then = due && *due < until ? std::max(*due, now_) : until;
  if (holders() == 0) without_ += then - now_;
  now_ = then;
  if (!due || *due > now_) return false;
  for (int i = 0; i < nodes(); ++i) {
    Node& node = nodes_[at(i)];
    if (node.ends && *node.ends <= now_) {
      set_kernel(i, false);
      if (node.vrrp) to_vrrp(i, node.vrrp_life, vrrp::LinkChanged{link(i)});
    }
    if (node.vrrp_wakes && std::max(*node.vrrp_wakes, node.vrrp_paused) <= now_)
      vrrp(i, vrrp::Wake{});
    if (node.witness_wakes && std::max(*node.witness_wakes, node.witness_paused) <= now_)
      witness(i, Wake{});
  }
  while (!agenda_.empty() && agenda_.begin()->first <= now_) {
    const auto what = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    what();
  }
  return now_ < until;
}

void Cluster::run(Duration time) {
  const Time until = now_ + time;
  while (step(until)) {
  }
}

bool Cluster::run_until(const std::function<bool()>& condition, Duration time) {
  const Time until = now_ + time;
  while (!condition()) {
    if (!step(until)) return condition();
  }
  return true;
}

// ---- Processes.

void Cluster::start(int i) {
  Node& node = nodes_[at(i)];
  if (node.vrrp) return;
  node.retained.clear();
  start_vrrp(i, std::nullopt);
  start_witness(i);
}

vrrp::Link Cluster::link(int i) const {
  vrrp::Link link;
  link.index = 2;
  link.name = "eth0";
  link.up = true;
  link.mac = {0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(i + 1)};
  link.addresses = {{IpPrefix{address_of(i), 24}, false}};
  if (holds(i)) link.addresses.push_back({IpPrefix::parse("192.0.2.10/24").value(), true});
  return link;
}

void Cluster::start_vrrp(int i, std::optional<Time> last_alive) {
  Node& node = nodes_[at(i)];
  node.vrrp = std::make_unique<vrrp::VrrpCore>();
  ++node.vrrp_life;
  node.vrrp_paused = {};
  vrrp(i, vrrp::LinkChanged{link(i)});
  vrrp(i, config(i));
  const auto retained = node.retained;
  for (const auto& [key, message] : retained) {
    if (const auto* const one = std::get_if<RouterState>(&message)) vrrp(i, *one);
    if (const auto* const one = std::get_if<LeaseState>(&message)) vrrp(i, *one);
    if (const auto* const one = std::get_if<WitnessState>(&message)) vrrp(i, *one);
  }
  vrrp(i, vrrp::Begin{last_alive});
}

void Cluster::start_witness(int i) {
  Node& node = nodes_[at(i)];
  node.witness = std::make_unique<WitnessCore>();
  ++node.witness_life;
  node.witness_paused = {};
  witness(i, config(i));
  const auto retained = node.retained;
  for (const auto& [key, message] : retained) {
    if (const auto* const one = std::get_if<LeaseWish>(&message)) witness(i, *one);
    if (const auto* const one = std::get_if<LeaseState>(&message)) witness(i, *one);
    if (const auto* const one = std::get_if<WitnessState>(&message)) witness(i, *one);
  }
  witness(i, Begin{});
}

void Cluster::kill_vrrp(int i) {
  if (is_up(i)) start_vrrp(i, now_ - milliseconds{50});
}

void Cluster::kill_witness(int i) {
  if (is_up(i)) start_witness(i);
}

void Cluster::pause_vrrp(int i, Duration time) {
  nodes_[at(i)].vrrp_paused = now_ + time;
}

void Cluster::pause_witness(int i, Duration time) {
  nodes_[at(i)].witness_paused = now_ + time;
}

void Cluster::to_vrrp(int i, std::uint64_t life, vrrp::VrrpEvent event) {
  const Node& node = nodes_[at(i)];
  if (!is_up(i) || node.vrrp_life != life) return;
  if (node.vrrp_paused <= now_) return vrrp(i, event);
  // Its socket keeps what comes meanwhile.
  std::vector<std::uint8_t> kept;
  if (const auto* const packet = std::get_if<vrrp::PacketReceived>(&event)) {
    kept.assign(packet->datagram.payload.begin(), packet->datagram.payload.end());
  }
  after(node.vrrp_paused - now_, [this, i, life, event = std::move(event), kept]() mutable {
    if (auto* const packet = std::get_if<vrrp::PacketReceived>(&event)) {
      packet->datagram.payload = kept;
    }
    to_vrrp(i, life, event);
  });
}

void Cluster::to_witness(int i, std::uint64_t life, WitnessEvent event) {
  const Node& node = nodes_[at(i)];
  if (!is_up(i) || node.witness_life != life) return;
  if (node.witness_paused <= now_) return witness(i, event);
  after(node.witness_paused - now_,
        [this, i, life, event = std::move(event)] { to_witness(i, life, event); });
}

void Cluster::crash(int i) {
  Node& node = nodes_[at(i)];
  node.vrrp.reset();
  node.witness.reset();
  ++node.vrrp_life;
  ++node.witness_life;
  node.vrrp_wakes = node.witness_wakes = std::nullopt;
  set_kernel(i, false);
}

void Cluster::stop(int i) {
  if (!is_up(i)) return;
  vrrp(i, vrrp::Stop{});
  run_until([&] { return !is_up(i) || nodes_[at(i)].vrrp->finished(); }, std::chrono::seconds{10});
  run(milliseconds{200});  // what is given up
  crash(i);
}

void Cluster::vrrp(int i, const vrrp::VrrpEvent& event) {
  Node& node = nodes_[at(i)];
  for (const vrrp::VrrpAction& action : node.vrrp->handle(event, now_)) perform(i, action);
  node.vrrp_wakes = node.vrrp->deadline();
}

void Cluster::witness(int i, const WitnessEvent& event) {
  Node& node = nodes_[at(i)];
  for (const WitnessAction& action : node.witness->handle(event, now_)) {
    std::visit(Overloaded{
                   [&](const Ask& one) { ask(i, one); },
                   [&](const Report& one) { report(i, one.message); },
                   [](const LogLine&) {},
               },
               action);
  }
  node.witness_wakes = node.witness->deadline();
}

void Cluster::perform(int i, const vrrp::VrrpAction& action) {
  std::visit(Overloaded{
                 [&](const vrrp::SendPacket& packet) {
                   if (lan_cut_ || nodes_[at(i)].lan_cut) return;
                   // What is sent first comes first.
                   Time& arrival = nodes_[at(i)].last_arrival;
                   arrival = std::max(arrival, now_ + latency(kNetwork));
                   for (int other = 0; other < nodes(); ++other) {
                     if (other == i || nodes_[at(other)].lan_cut) continue;
                     after(arrival - now_, [this, other, packet] {
                       to_vrrp(
                           other, nodes_[at(other)].vrrp_life,
                           vrrp::PacketReceived{
                               2, {packet.source, packet.destination, packet.ttl, packet.payload}});
                     });
                   }
                 },
                 [&](const vrrp::AddAddress& add) {
                   std::optional<Time> ends;
                   if (add.lifetime > Duration{0}) {
                     ends = now_ + add.lifetime + latency(kKernelLate);
                   }
                   if (!add.renewal || holds(i)) set_kernel(i, true, ends);
                 },
                 [&](const vrrp::RemoveAddress&) { set_kernel(i, false); },
                 [&](const vrrp::Report& said) { report(i, *said.message); },
                 [](const auto&) {},
             },
             action);
}

void Cluster::set_kernel(int i, bool has, std::optional<Time> ends) {
  Node& node = nodes_[at(i)];
  node.ends = ends;
  if (std::exchange(node.kernel, has) == has) return;
  if (has) ++moves_;
  if (holders() > 1) ++two_holders_;
}

// The supervisor keeps it, and passes it on.
void Cluster::report(int i, Message message) {
  Node& node = nodes_[at(i)];
  node.retained.insert_or_assign({message.index(), std::string(subject_of(message))}, message);
  const bool wish = std::holds_alternative<LeaseWish>(message);
  const std::uint64_t life = wish ? node.witness_life : node.vrrp_life;
  after(kChannel, [this, i, life, message] {
    if (const auto* const one = std::get_if<LeaseWish>(&message)) to_witness(i, life, *one);
    if (const auto* const one = std::get_if<LeaseState>(&message)) to_vrrp(i, life, *one);
    if (const auto* const one = std::get_if<WitnessState>(&message)) to_vrrp(i, life, *one);
  });
}

// ---- etcd.

void Cluster::ask(int i, const Ask& ask) {
  const std::uint64_t life = nodes_[at(i)].witness_life;
  const auto tell = [this, i, life](const WitnessEvent& event) { to_witness(i, life, event); };
  after(ask.timeout, [tell, ask] { tell(Failed{ask.request, "Timeout was reached"}); });
  if (nodes_[at(i)].etcd_cut) return;
  after(latency(kEtcd), [this, i, tell, ask] {
    if (quorum_lost_ || now_ < no_leader_until_) return;
    const Answer reply = answer(i, ask.question);
    if (nodes_[at(i)].etcd_cut) return;  // done all the same
    after(latency(kEtcd), [tell, ask, reply] { tell(Answered{ask.request, reply}); });
  });
}

// A lease ends a little later than it says, and never while nobody can decide it.
void Cluster::expire() {
  for (auto it = leases_.begin(); it != leases_.end();) {
    const auto here = it++;
    if (here->second.ends > now_) continue;
    std::erase_if(keys_, [&](const auto& one) { return one.second.lease == here->first; });
    leases_.erase(here);
  }
}

Answer Cluster::answer(int i, const Question& question) {
  expire();
  return std::visit(Overloaded{
                        [](const Authenticate&) -> Answer { return Authenticated{}; },
                        [&](const Grant& one) -> Answer {
                          leases_[++last_lease_] = {now_ + one.ttl + latency(kEtcdLate), one.ttl};
                          return Granted{last_lease_, one.ttl};
                        },
                        [&](const Renew& one) -> Answer {
                          const auto lease = leases_.find(one.lease);
                          if (lease == leases_.end()) return Renewed{};
                          lease->second.ends = now_ + lease->second.ttl + latency(kEtcdLate);
                          return Renewed{lease->second.ttl};
                        },
                        [&](const Take& one) -> Answer {
                          if (const auto known = keys_.find(one.router); known != keys_.end()) {
                            return Taken{false, known->second};
                          }
                          if (leases_.contains(one.lease))
                            keys_[one.router] = {name_of(i), one.lease};
                          return Taken{leases_.contains(one.lease), {}};
                        },
                        [&](const GiveUp& one) -> Answer {
                          const auto known = keys_.find(one.router);
                          if (known != keys_.end() && known->second.lease == one.lease)
                            keys_.erase(known);
                          return GivenUp{};
                        },
                        [&](const Look&) -> Answer { return Looked{keys_}; },
                    },
                    question);
}

void Cluster::change_leader(Duration election) {
  no_leader_until_ = now_ + election;
  expire();
  for (auto& [number, lease] : leases_) lease.ends = no_leader_until_ + lease.ttl;
}

// ---- What is so.

VrrpState Cluster::state(int i) const {
  const auto& retained = nodes_.at(at(i)).retained;
  const auto found = retained.find({Message(RouterState{}).index(), kName});
  return found == retained.end() ? VrrpState::kInitialize
                                 : std::get<RouterState>(found->second).state;
}

std::string Cluster::reason(int i) const {
  const auto& retained = nodes_.at(at(i)).retained;
  const auto found = retained.find({Message(RouterState{}).index(), kName});
  return found == retained.end() ? "" : std::get<RouterState>(found->second).reason;
}

}  // namespace holdfast::witness
