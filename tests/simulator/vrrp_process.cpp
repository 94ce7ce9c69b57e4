// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/vrrp_process.h"

#include <algorithm>

#include "common/core/overloaded.h"
#include "common/core/result.h"
#include "tests/simulator/host.h"
#include "tests/simulator/ip_packet.h"
#include "tests/simulator/witness.h"

namespace holdfast::simulator {
namespace {

const std::size_t kRouterState = Message(RouterState{}).index();

}  // namespace

void VrrpProcess::packet_came(int link, std::shared_ptr<const std::vector<std::uint8_t>> packet) {
  if (!is_for_us(link, *packet) || packets_.size() >= kSocketBuffer) return;
  const Duration latency = world_.random.between(Duration{0}, world_.pace.socket);
  packets_.post(world_.now() + latency, {link, std::move(packet)});
}

// What the kernel passes on: to the groups that were joined, or to an address of the interface.
bool VrrpProcess::is_for_us(int link, const std::vector<std::uint8_t>& packet) const {
  const auto datagram = parse_ip_packet(packet);
  if (!datagram) return false;
  const IpAddress& to = datagram->destination;
  const auto listening = listening_.find({link, to.family()});
  if (listening == listening_.end()) return false;
  if (to.is_multicast()) return listening->second.groups.contains(to);
  const vrrp::Link* have = host_.kernel().find(link);
  return have != nullptr &&
         std::any_of(have->addresses.begin(), have->addresses.end(),
                     [&](const vrrp::LinkAddress& one) { return one.prefix.address == to; });
}

void VrrpProcess::netlink_has_news() {
  if (news_ != kNever) return;
  news_ = world_.now() + world_.random.between(Duration{0}, world_.pace.netlink);
}

const RouterState* VrrpProcess::router(const std::string& name) const {
  const auto it = known().find({kRouterState, name});
  return it == known().end() ? nullptr : &std::get<RouterState>(it->second);
}

Process::Sources VrrpProcess::sources() const {
  Sources times = Worker::sources();
  if (ended() || !started()) return times;
  times[kNetlink] = news_;
  times[kPackets] = packets_.ready();
  return times;
}

void VrrpProcess::serve(std::size_t source) {
  if (source == kPackets) {
    take_packet();
    return;
  }
  // As the shell does after a pause: what peers said meanwhile comes first.
  const auto due = core_.deadline();
  while (begun() && due && clock() - *due >= std::chrono::milliseconds{100} && !ended() &&
         packets_.ready() <= world_.now()) {
    take_packet();
  }
  if (ended()) return;
  if (source == kNetlink) {
    links_changed();
  } else {
    Worker::serve(source);
  }
}

void VrrpProcess::take_packet() {
  const auto [link, bytes] = packets_.take();
  world_.journal.advert(world_.now(), host_.number(), "hears", *bytes);
  ++world_.figures.adverts_heard;
  const int lan = host_.kernel().lan_of(link);
  const auto datagram = parse_ip_packet(*bytes);
  HF_CHECK(datagram.has_value());
  const vrrp::VrrpActions actions = consult(vrrp::PacketReceived{link, *datagram});
  host_.witness().heard(host_, lan, *bytes, actions);
  follow_up(actions);
}

// Whether a router of this process is active and has it on this link.
bool VrrpProcess::holds(int link, const IpPrefix& prefix) const {
  const vrrp::Link* on = host_.kernel().find(link);
  return on != nullptr && !ended() &&
         std::any_of(config().instances.begin(), config().instances.end(),
                     [&](const InstanceConfig& config) {
                       const RouterState* state = router(config.name);
                       const std::vector<VirtualAddress> held = config.held();
                       return config.interface == on->name && state != nullptr &&
                              state->state == VrrpState::kActive &&
                              std::find(held.begin(), held.end(), prefix) != held.end();
                     });
}

// The interfaces are read before anything else.
void VrrpProcess::start_up() {
  links_changed();
}

void VrrpProcess::links_changed() {
  news_ = kNever;
  for (auto event = news(); event && !ended(); event = news()) happen(*event);
}

void VrrpProcess::configure(const Config& before) {
  const auto deadline = core_.deadline();
  const vrrp::VrrpActions actions = consult(config());
  if (begun()) {
    const bool moved = deadline != core_.deadline();
    host_.witness().reconfigured(host_, before, config(), actions, moved);
  }
  follow_up(actions);
}

void VrrpProcess::tell(const Message& retained) {
  std::visit(Overloaded{
                 [this](const RouterState& state) { happen(state); },
                 [this](const CheckState& state) { happen(state); },
                 [](const auto&) { HF_CHECK(false && "a message that a vrrp-worker is told"); },
             },
             retained);
}

vrrp::VrrpActions VrrpProcess::consult(const vrrp::VrrpEvent& event) {
  vrrp::VrrpActions actions = core_.handle(event, clock());
  if (world_.tamper.vrrp) world_.tamper.vrrp(actions);
  return actions;
}

void VrrpProcess::follow_up(const vrrp::VrrpActions& actions) {
  perform(actions);
  while (!ended() && !refused_.empty()) {
    const vrrp::AddressRefused refused = std::move(refused_.front());
    refused_.pop();
    perform(consult(refused));
  }
  if (ended()) return;
  listening_ = core_.listening();
  arm(core_.deadline());
  if (core_.finished()) end({});
}

void VrrpProcess::perform(const vrrp::VrrpActions& actions) {
  for (const vrrp::VrrpAction& action : actions) {
    if (burnt_out()) {
      end({0, kSignalKill});
      return;
    }
    std::visit(
        Overloaded{
            [this](const vrrp::SendPacket& packet) { send_packet(packet); },
            [this](const vrrp::AddAddress& address) { add(address); },
            [this](const vrrp::RemoveAddress& address) { remove(address); },
            // No scenario has routes, virtual devices or a packet filter.
            [](const vrrp::ChangeRoute&) { HF_CHECK(false && "a route"); },
            [](const vrrp::ChangeRule&) { HF_CHECK(false && "a rule"); },
            [](const vrrp::MakeFilter&) { HF_CHECK(false && "a filter"); },
            [](const vrrp::ChangeFilter&) { HF_CHECK(false && "a filter"); },
            [](const vrrp::RemoveFilter&) { HF_CHECK(false && "a filter"); },
            [](const vrrp::ChangeDevice&) { HF_CHECK(false && "a device"); },
            [this](const vrrp::SendFrame& send) {
              const auto sent = send.frame.bytes();
              auto bytes =
                  std::make_shared<const std::vector<std::uint8_t>>(sent.begin(), sent.end());
              host_.transmit(send.link, Frame{true, std::move(bytes)});
            },
            [this](const vrrp::Report& said) { say(*said.message); },
            [this](const LogLine& line) { world_.note(host_.number(), "log: " + line.text); },
        },
        action);
  }
}

// What the core asked for is no news to it.
void VrrpProcess::add(const vrrp::AddAddress& add) {
  world_.note(host_.number(), (add.renewal ? "renews " : "adds ") + add.prefix.to_string());
  if (const auto error = host_.kernel().add_address(add.link, add.prefix, true)) {
    if (!add.renewal) refused_.push({add.link, add.prefix, *error});
    return;
  }
  host_.end_later(add.link, add.prefix, add.lifetime);
  if (const auto link = told_.find(add.link); link != told_.end()) {
    Kernel::set(link->second, {add.prefix, true});
  }
}

void VrrpProcess::remove(const vrrp::RemoveAddress& remove) {
  world_.note(host_.number(), "removes " + remove.prefix.to_string());
  host_.kernel().remove_address(remove.link, remove.prefix);
  if (const auto link = told_.find(remove.link); link != told_.end()) {
    std::erase_if(link->second.addresses,
                  [&](const auto& have) { return have.prefix == remove.prefix; });
  }
}

void VrrpProcess::send_packet(const vrrp::SendPacket& packet) {
  auto bytes = std::make_shared<const std::vector<std::uint8_t>>(
      ip_packet(packet.source, packet.destination, packet.ttl, packet.payload));
  ++world_.figures.adverts_sent;
  world_.journal.advert(world_.now(), host_.number(), "sends", *bytes);
  host_.transmit(packet.link, Frame{false, std::move(bytes)});
}

void VrrpProcess::say(const Message& message) {
  if (const auto* state = std::get_if<RouterState>(&message)) {
    host_.witness().reported(host_, config(), router(state->router), *state);
  }
  report(message);
}

// The next thing that changed in the kernel since it was told: what vanished comes first.
std::optional<vrrp::VrrpEvent> VrrpProcess::news() {
  const auto& links = host_.kernel().links();
  for (const auto& [index, link] : told_) {
    if (links.contains(index)) continue;
    const vrrp::LinkGone gone{index};
    told_.erase(index);
    return gone;
  }
  for (const auto& [index, link] : links) {
    const auto [known, is_new] = told_.try_emplace(index, link);
    if (!is_new && known->second == link) continue;
    known->second = link;
    return vrrp::LinkChanged{link};
  }
  return std::nullopt;
}

bool VrrpProcess::knows_the_kernel() const {
  return told_ == host_.kernel().links();
}

}  // namespace holdfast::simulator
