// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/faults.h"

#include <algorithm>
#include <utility>

#include "tests/simulator/ip_packet.h"
#include "tests/simulator/vrrp_process.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::simulator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Frame frame_of(std::vector<std::uint8_t> bytes) {
  return {false, std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))};
}

void calm_down(Process& process) {
  process.put_out_fuse();
  process.resume();
}

}  // namespace

const std::vector<Faults::Kind>& Faults::kinds() {
  static const std::vector<Kind> all{
      {"worker killed", &Faults::kill_worker},
      {"worker paused", &Faults::pause_worker},
      {"supervisor killed", &Faults::kill_supervisor},
      {"supervisor paused", &Faults::pause_supervisor},
      {"host crashed", &Faults::crash_host},
      {"host paused", &Faults::pause_host},
      {"service stopped", &Faults::stop_service},
      {"spawn failed", &Faults::fail_spawns},
      {"LAN split", &Faults::split_lan},
      {"one-way cut", &Faults::cut_one_way},
      {"bad weather", &Faults::change_weather},
      {"link down", &Faults::take_link_down},
      {"interface gone", &Faults::unplug_link},
      {"own address changed", &Faults::change_primary},
      {"address stolen", &Faults::steal_address},
      {"address planted", &Faults::plant_address},
      {"address refused", &Faults::refuse_addresses},
      {"target changed", &Faults::change_target},
      {"reload, changed", &Faults::reload_change},
      {"reload, same", &Faults::reload_same},
      {"noise", &Faults::send_noise},
      {"mutated advert", &Faults::send_mutation},
      {"forged advert", &Faults::send_forgery},
  };
  return all;
}

Faults::Faults(Network& network, Cluster& cluster)
    : network_(network), cluster_(cluster), random_(network.world().random) {
  for (const Kind& kind : kinds()) {
    if (random_.chance(40)) chosen_.push_back(kind);
  }
  if (chosen_.empty()) chosen_.push_back(random_.pick(kinds()));
  pause_max_ = random_.between(cluster.interval() / 2, 8 * cluster.interval());
}

void Faults::rage_until(Time end) {
  end_ = end;
  later([this] { strike(); });
}

void Faults::strike() {
  World& world = network_.world();
  if (world.now() >= end_) return;
  const Kind& kind = random_.pick(chosen_);
  world.note(Journal::kEverybody, kind.name);
  ++world.figures.faults[kind.name];
  (this->*kind.inflict)();
  const std::uint64_t epoch = epoch_;
  world.after(random_.between(Duration{0}, pause_max_), [this, epoch] {
    if (epoch == epoch_) strike();
  });
}

void Faults::later(std::function<void()> end) {
  network_.world().after(while_it_lasts(), [this, epoch = epoch_, end = std::move(end)] {
    if (epoch == epoch_) end();
  });
}

// Around the times at which something of the protocol happens, and well beyond them.
Duration Faults::while_it_lasts() {
  if (random_.chance(30)) return random_.between(Duration{0}, cluster_.interval());
  return random_.between(Duration{0}, 8 * cluster_.interval() + milliseconds{500});
}

Host& Faults::some_host() {
  return network_.host(random_.between(0, cluster_.hosts() - 1));
}

Worker* Faults::some_worker(Host& host) {
  return host.worker(random_.chance(75) ? Role::kVrrp : Role::kCheck);
}

int Faults::some_lan() {
  return random_.between(0, network_.lans() - 1);
}

void Faults::heal() {
  ++epoch_;
  network_.witness().forget_leaves();
  for (int lan = 0; lan < network_.lans(); ++lan) {
    network_.lan(lan).heal();
    network_.lan(lan).set_weather(Weather{});
  }
  for (const auto& host : network_.hosts()) {
    host->install(cluster_.config_of(host->number()));
    host->fail_spawns(0);
    host->kernel().refuse_addresses(false);
    host->resume();
    if (!host->running()) host->boot();
    for (int lan = 0; lan < network_.lans(); ++lan) {
      host->plug_in(lan);
      host->unplant(lan);
      host->kernel().set_up(lan, true);
    }
    for (const Role role : kRoles) {
      Worker* worker = host->worker(role);
      if (worker != nullptr) calm_down(*worker);
    }
    host->start_service();
    if (host->supervisor() != nullptr) {
      calm_down(*host->supervisor());
      host->reload();
    }
  }
}

// ---- Processes and machines.

void Faults::kill_worker() {
  Host& host = some_host();
  Worker* worker = some_worker(host);
  if (worker == nullptr) return;
  if (random_.chance(50)) {
    host.kill_worker(worker->role(), {0, kSignalKill});
  } else {
    worker->light_fuse(random_.between(0, 8));
  }
}

void Faults::pause_worker() {
  Host& host = some_host();
  Worker* worker = some_worker(host);
  if (worker == nullptr || worker->paused()) return;
  worker->pause();
  later([&host, role = worker->role(), life = worker->life()] {
    Worker* same = host.worker(role);
    if (same != nullptr && same->life() == life) same->resume();
  });
}

void Faults::kill_supervisor() {
  Host& host = some_host();
  if (host.supervisor() == nullptr) return;
  if (random_.chance(50)) {
    host.kill_supervisor();
  } else {
    host.supervisor()->light_fuse(random_.between(0, 6));
  }
}

void Faults::pause_supervisor() {
  Host& host = some_host();
  if (host.supervisor() == nullptr) return;
  host.supervisor()->pause();
  later([&host] {
    if (host.supervisor() != nullptr) host.supervisor()->resume();
  });
}

void Faults::crash_host() {
  Host& host = some_host();
  if (!host.running()) return;
  host.crash();
  later([&host] { host.boot(); });
}

void Faults::pause_host() {
  Host& host = some_host();
  host.pause();
  later([&host] { host.resume(); });
}

void Faults::stop_service() {
  Host& host = some_host();
  host.stop_service();
  later([&host] { host.start_service(); });
}

void Faults::fail_spawns() {
  some_host().fail_spawns(random_.between(1, 3));
}

// ---- Networks.

void Faults::split_lan() {
  Lan& lan = network_.lan(some_lan());
  std::vector<int> groups(network_.hosts().size());
  for (int& group : groups) group = random_.between(0, 1);
  lan.split(groups);
  later([&lan] { lan.heal(); });
}

void Faults::cut_one_way() {
  Lan& lan = network_.lan(some_lan());
  lan.cut(some_host().number(), some_host().number());
  later([&lan] { lan.heal(); });
}

void Faults::change_weather() {
  Lan& lan = network_.lan(some_lan());
  Weather weather;
  weather.delay = random_.between(microseconds{50}, cluster_.interval() / 4);
  weather.jitter = random_.between(Duration{0}, cluster_.interval() / 2);
  weather.loss = static_cast<unsigned>(random_.between(0, 60));
  weather.duplicates = static_cast<unsigned>(random_.between(0, 20));
  weather.stragglers = static_cast<unsigned>(random_.between(0, 10));
  lan.set_weather(weather);
  later([&lan] { lan.set_weather(Weather{}); });
}

void Faults::take_link_down() {
  Host& host = some_host();
  const int lan = some_lan();
  host.kernel().set_up(lan, false);
  later([&host, lan] { host.kernel().set_up(lan, true); });
}

void Faults::unplug_link() {
  Host& host = some_host();
  const int lan = some_lan();
  host.kernel().detach(lan);
  later([&host, lan] {
    if (host.running()) host.plug_in(lan);
  });
}

void Faults::change_primary() {
  Host& host = some_host();
  const int lan = some_lan();
  // The address of an owner is the one that it owns.
  for (const InstanceConfig& config : host.file().instances) {
    if (config.priority == kPriorityOwner) return;
  }
  // Nor are peers told: that is what the configuration is for.
  if (cluster_.has_unicast()) return;
  const auto last = static_cast<std::uint8_t>(30 + 10 * host.number() + random_.between(0, 9));
  const IpAddress address = IpAddress::v4({10, 0, static_cast<std::uint8_t>(lan), last});
  cluster_.readdress(lan, host.number(), address);
  host.change_primary(lan, {address, 24});
}

// ---- Addresses and targets.

void Faults::steal_address() {
  Host& host = some_host();
  const vrrp::Link* link = host.kernel().on_lan(some_lan());
  if (link == nullptr) return;
  std::vector<IpPrefix> marked;
  for (const vrrp::LinkAddress& have : link->addresses) {
    if (have.marked) marked.push_back(have.prefix);
  }
  if (!marked.empty()) host.kernel().steal_address(link->index, random_.pick(marked));
}

void Faults::plant_address() {
  Host& host = some_host();
  if (host.file().instances.empty()) return;
  const InstanceConfig& config = random_.pick(host.file().instances);
  if (config.priority == kPriorityOwner) return;
  for (const auto& [index, link] : host.kernel().links()) {
    if (link.name != config.interface) continue;
    host.kernel().add_address(index, random_.pick(config.addresses), false);
    return;
  }
}

void Faults::refuse_addresses() {
  Host& host = some_host();
  host.kernel().refuse_addresses(true);
  later([&host] { host.kernel().refuse_addresses(false); });
}

void Faults::change_target() {
  const auto port = static_cast<std::uint16_t>(8000 + random_.between(0, 1));
  const std::vector<Target> states{Target::kAnswers, Target::kRefuses, Target::kSilent};
  some_host().set_target(port, random_.pick(states));
}

// ---- Reloads.

void Faults::reload_change() {
  cluster_.change(random_);
  roll_out();
}

void Faults::reload_same() {
  some_host().reload();
}

// From host to host, as a person or a tool does it: each a little later.
void Faults::roll_out() {
  for (const auto& host : network_.hosts()) {
    network_.world().after(random_.between(Duration{0}, cluster_.interval() + milliseconds{100}),
                           [this, epoch = epoch_, one = host.get()] {
                             if (epoch != epoch_) return;
                             one->install(cluster_.config_of(one->number()));
                             one->reload();
                           });
  }
}

// ---- Packets of others.

IpAddress Faults::some_source(Family family) {
  const auto last = static_cast<std::uint8_t>(random_.below(256));
  if (family == Family::kIpv4) return IpAddress::v4({10, 0, 0, last});
  return IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

void Faults::send_noise() {
  std::vector<std::uint8_t> bytes(random_.below(80));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
  const IpAddress source = some_source(random_.chance(70) ? Family::kIpv4 : Family::kIpv6);
  const auto packet = ip_packet(source, vrrp_group(source.family()), vrrp::kVrrpTtl, bytes);
  some_host().receive(some_lan(), frame_of(packet));
}

void Faults::send_mutation() {
  const int lan = some_lan();
  const Frame& last = network_.last_packet(lan);
  if (!last.bytes) return;
  std::vector<std::uint8_t> bytes = *last.bytes;
  for (int i = random_.between(0, 3); i > 0; --i) {
    bytes[random_.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << random_.below(8));
  }
  if (random_.chance(20)) bytes.resize(random_.below(bytes.size()));
  // To any host, so also to the one that sent it.
  some_host().receive(lan, frame_of(std::move(bytes)));
}

void Faults::send_forgery() {
  Host& host = some_host();
  if (host.file().instances.empty()) return;
  const InstanceConfig& config = random_.pick(host.file().instances);
  vrrp::Advert advert;
  advert.version = config.version;
  advert.vrid = config.vrid;
  advert.priority = Priority{static_cast<std::uint8_t>(random_.between(0, 255))};
  advert.interval = config.advert_interval;
  for (const IpPrefix& prefix : config.addresses) advert.addresses.push_back(prefix.address);
  const IpAddress source = some_source(config.family());
  const IpAddress group = vrrp_group(config.family());
  const auto payload = vrrp::encode_advert(advert, config.checksum, source, group);
  const Frame frame = frame_of(ip_packet(source, group, vrrp::kVrrpTtl, payload));
  const int lan = Kernel::lan_of(config.interface);
  for (const auto& one : network_.hosts()) {
    if (random_.chance(80)) one->receive(lan, frame);
  }
}

}  // namespace holdfast::simulator
