// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/simulation.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "config/heartbeat.h"
#include "tests/simulator/vrrp_process.h"

namespace holdfast::simulator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kRounds = 3;

Pace draw_pace(Random& dice) {
  Pace pace;
  pace.timer_late = dice.between(microseconds{0}, microseconds{500});
  pace.channel = dice.between(microseconds{10}, microseconds{500});
  pace.netlink = dice.between(microseconds{10}, milliseconds{2});
  pace.socket = dice.between(microseconds{10}, microseconds{300});
  pace.start_up_min = dice.between(milliseconds{1}, milliseconds{5});
  pace.start_up_max = dice.between(milliseconds{5}, milliseconds{40});
  return pace;
}

std::uint64_t below(std::uint64_t seed, std::uint64_t salt, std::uint64_t bound) {
  return Random(seed + (salt << 32U)).below(bound);
}

// The routers that a host has in some state.
std::vector<const InstanceConfig*> routers_in(const Host& host, VrrpState wanted) {
  std::vector<const InstanceConfig*> found;
  if (host.vrrp() == nullptr) return found;
  for (const InstanceConfig& config : host.file().instances) {
    const RouterState* state = host.vrrp()->router(config.name);
    if (state != nullptr && state->state == wanted) found.push_back(&config);
  }
  return found;
}

bool has(const std::vector<const InstanceConfig*>& routers, const std::string& name) {
  return std::any_of(routers.begin(), routers.end(),
                     [&](const InstanceConfig* config) { return config->name == name; });
}

std::vector<const Host*> heirs_of(const Hosts& hosts, const std::string& router) {
  std::vector<const Host*> heirs;
  for (const auto& host : hosts) {
    if (has(routers_in(*host, VrrpState::kBackup), router)) heirs.push_back(host.get());
  }
  return heirs;
}

// From which it sends adverts: of equals the higher one wins.
IpAddress address_for(const Host& host, const InstanceConfig& config) {
  const auto& nics = host.nics();
  const int lan = Kernel::lan_of(config.interface);
  const auto nic =
      std::find_if(nics.begin(), nics.end(), [&](const Nic& one) { return one.lan == lan; });
  if (nic == nics.end()) return {};
  return config.family() == Family::kIpv4 ? nic->primary.address : nic->link_local.address;
}

// Whether one is the best for one member of a sync group, and another for another: a mistake of who
// configured them. If they become due at once, all may yield.
bool disagree(const std::vector<const Host*>& heirs, const Config& file,
              const InstanceConfig& config) {
  std::set<const Host*> best;
  for (const InstanceConfig& member : file.instances) {
    if (config.sync_group.empty() || member.sync_group != config.sync_group) continue;
    best.insert(*std::max_element(heirs.begin(), heirs.end(), [&](const auto* a, const auto* b) {
      const auto rank = [&](const Host& host) {
        const RouterState* state = host.vrrp()->router(member.name);
        return std::pair(state == nullptr ? 0 : state->priority.value, address_for(host, member));
      };
      return rank(*a) < rank(*b);
    }));
  }
  return best.size() > 1;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Journal::Keep keep)
    : network_(seed, keep, 2 + static_cast<int>(below(seed, 1, 3)),
               1 + static_cast<int>(below(seed, 2, 3))),
      random_(world().random),
      cluster_(random_, static_cast<int>(network_.hosts().size()), network_.lans()),
      faults_(network_, cluster_) {
  world().pace = draw_pace(random_);
}

Outcome Simulation::run() {
  for (const auto& host : network_.hosts()) {
    host->install(cluster_.config_of(host->number()));
    host->start_service();
    world().after(random_.between(Duration{0}, 4 * cluster_.interval()),
                  [one = host.get()] { one->boot(); });
  }
  network_.run_for(4 * cluster_.interval());
  bool going = settle();
  for (int round = 0; going && round < kRounds; ++round) {
    const Duration rage = random_.between(10, 60) * cluster_.interval();
    faults_.rage_until(world().now() + rage);
    network_.run_for(rage);
    faults_.heal();
    going = settle();
    if (going) live_through_calm();
    going = going && !world().failure();
  }
  world().figures.simulated = world().now().time_since_epoch();
  return {world().failure(), world().journal.hash(), world().figures, world().journal.tail()};
}

// S1: everything comes up, the election ends as it must, and then nothing moves any more.
bool Simulation::settle() {
  // A minute, and the longest time after which a kernel that refused an address is asked again.
  constexpr Duration kAllUpMax = seconds{60 + 300};
  world().note(Journal::kEverybody, "calm");
  if (!network_.run_for(kAllUpMax, [this] { return all_up(network_.hosts()); })) {
    fail("S1", "not everything is up six minutes after the last fault");
    return false;
  }
  const std::size_t first = network_.witness().transitions().size();
  if (!network_.run_for(settling_time(network_.hosts()))) return false;
  judge_flapping(first);
  if (const auto wrong = judge_election(network_.hosts(), network_.witness())) {
    fail("S1", *wrong);
    return false;
  }
  const std::size_t before = network_.witness().transitions().size();
  network_.run_for(4 * cluster_.interval());
  if (network_.witness().transitions().size() != before) fail("S1", "no end of changes");
  return !world().failure();
}

// S9: when nothing happens any more, the last of what happened is settled in a few changes.
void Simulation::judge_flapping(std::size_t first) {
  constexpr int kChangesMax = 8;
  const auto& transitions = network_.witness().transitions();
  std::map<std::pair<int, std::string>, int> changes;
  for (std::size_t i = first; i < transitions.size(); ++i) {
    const auto& change = transitions[i];
    if (++changes[{change.host, change.router}] <= kChangesMax) continue;
    fail("S9", change.router + " flaps on host " + std::to_string(change.host));
  }
}

void Simulation::live_through_calm() {
  // At no particular moment of anybody's interval.
  network_.run_for(random_.between(Duration{0}, cluster_.interval()));
  switch (random_.below(5)) {
    case 0:
      stop_in_calm();
      break;
    case 1:
      reload_in_calm();
      break;
    case 2:
      restart_in_calm([](Host& host) { host.vrrp()->pause(); });
      break;
    default:
      restart_in_calm([this](Host& host) { kill_soon(host); });
      break;
  }
}

// In the midst of what it does next, or else in between.
void Simulation::kill_soon(Host& host) {
  host.vrrp()->light_fuse(random_.between(0, 2));
  const std::uint64_t life = host.vrrp()->life();
  world().after(random_.between(Duration{0}, cluster_.interval()), [&host, life] {
    if (host.vrrp() != nullptr && host.vrrp()->life() == life) {
      host.kill_worker(Role::kVrrp, {0, kSignalKill});
    }
  });
}

Host& Simulation::some_host() {
  return network_.host(random_.between(0, cluster_.hosts() - 1));
}

// S4: a vrrp-worker that is back within two intervals is missed by nobody. One that comes later has
// lost its place, and does not take it back unless it may preempt. A hung one holds addresses
// beside another host for no longer than it takes to find that out and to start the next.
void Simulation::restart_in_calm(const std::function<void(Host&)>& disable) {
  Host& host = some_host();
  if (host.vrrp() == nullptr) return;  // it has no routers
  const auto was_active = routers_in(host, VrrpState::kActive);
  const auto& transitions = network_.witness().transitions();
  const std::size_t before = transitions.size();
  const std::uint64_t life = host.vrrp()->life();
  const Time disabled = world().now();
  disable(host);

  const Duration both_max = watchdog_time(host.file(), Role::kVrrp) + milliseconds{50} +
                            world().pace.start_up_max + milliseconds{20};
  std::optional<Time> both_since;
  const bool back = network_.run_for(seconds{10}, [&] {
    const bool both = std::any_of(was_active.begin(), was_active.end(), [&](const auto* config) {
      return config->priority != kPriorityOwner &&
             network_.holders(Kernel::lan_of(config->interface), config->addresses.front()) > 1;
    });
    if (!both) both_since.reset();
    if (both && !both_since) both_since = world().now();
    if (both && world().now() - *both_since > both_max) fail("S4", "two hold an address too long");
    return host.vrrp() != nullptr && host.vrrp()->life() != life && host.vrrp()->begun();
  });
  if (!back) return fail("S4", "a vrrp-worker is not started again");
  const std::optional<Duration> silence = host.vrrp()->silence();
  if (!silence) return fail("S4", "a vrrp-worker was not told when the last one was alive");
  const Duration silence_max =
      world().now() - disabled + heartbeat_interval(host.file(), Role::kVrrp) + milliseconds{5};
  if (*silence > silence_max) {
    return fail("S4", "a vrrp-worker was told of a longer silence than there was");
  }
  if (!settle()) return;

  // Of a sync group all must be.
  const auto in_time = [&](const InstanceConfig& config) {
    const auto& instances = host.file().instances;
    return std::all_of(instances.begin(), instances.end(), [&](const InstanceConfig& one) {
      const bool counts = one.name == config.name ||
                          (!config.sync_group.empty() && one.sync_group == config.sync_group);
      return !counts || *silence < 2 * one.advert_interval;
    });
  };
  for (std::size_t i = before; i < transitions.size(); ++i) {
    const auto& change = transitions[i];
    const auto& instances = host.file().instances;
    const auto its = std::find_if(instances.begin(), instances.end(),
                                  [&](const auto& config) { return config.name == change.router; });
    if (its != instances.end() && !in_time(*its)) continue;
    fail("S4", change.router + " changes on host " + std::to_string(change.host) +
                   " though the worker of host " + std::to_string(host.number()) +
                   " was back after " + std::to_string(silence->count()) + " us");
  }
}

// Handed over in good order, an address is never without a holder if there is an heir.
void Simulation::stop_in_calm() {
  Host& host = some_host();
  std::vector<std::pair<int, IpPrefix>> inherited;
  for (const InstanceConfig* config : routers_in(host, VrrpState::kActive)) {
    const auto heirs = heirs_of(network_.hosts(), config->name);
    if (heirs.empty() || disagree(heirs, host.file(), *config)) continue;
    for (const IpPrefix& prefix : config->held()) {
      inherited.emplace_back(Kernel::lan_of(config->interface), prefix);
    }
  }
  const auto watch = [&] {
    for (const auto& [lan, prefix] : inherited) {
      if (network_.holders(lan, prefix) > 0) continue;
      fail("S4", "nobody holds " + prefix.to_string() + " during a planned hand-over");
    }
  };
  world().note(host.number(), "stop in calm");
  host.stop_service();
  const bool gone = network_.run_for(seconds{20}, [&] {
    watch();
    return host.supervisor() == nullptr;
  });
  if (!gone) return fail("S4", "a stop takes too long");
  network_.run_for(settling_time(network_.hosts()), [&] {
    watch();
    return false;
  });
  if (world().failure()) return;
  if (const auto wrong = judge_election(network_.hosts(), network_.witness())) {
    return fail("S1", "after a stop: " + *wrong);
  }
  host.start_service();
  settle();
}

void Simulation::reload_in_calm() {
  const std::size_t before = network_.witness().transitions().size();
  for (const auto& host : network_.hosts()) host->reload();
  if (!settle()) return;
  if (network_.witness().transitions().size() != before) {
    fail("S5", "a reload of the same configuration changes a router");
  }
}

}  // namespace holdfast::simulator
