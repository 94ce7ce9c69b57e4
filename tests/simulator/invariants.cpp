// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/invariants.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include "supervisor/core/message_table.h"
#include "tests/simulator/vrrp_process.h"
#include "vrrp-worker/core/intervals.h"
#include "vrrp-worker/core/repairs.h"

namespace holdfast::simulator {
namespace {

bool lists(const InstanceConfig& config, const vrrp::Link& link, const IpPrefix& prefix) {
  const auto has = [&](const std::vector<VirtualAddress>& list) {
    return std::find(list.begin(), list.end(), prefix) != list.end();
  };
  return config.interface == link.name && (has(config.addresses) || has(config.excluded_addresses));
}

bool is_active(const VrrpProcess& vrrp, const InstanceConfig& config) {
  const RouterState* state = vrrp.router(config.name);
  return state != nullptr && state->state == VrrpState::kActive;
}

bool acts(const Worker* worker) {
  return worker != nullptr && worker->begun() && !worker->closing() && !worker->paused();
}

}  // namespace

void Invariants::fail(const Host& host, const char* invariant, const std::string& what) {
  world_.fail(invariant, "host " + std::to_string(host.number()) + ": " + what);
}

void Invariants::after_step(const Host& host) {
  const VrrpProcess* vrrp = host.vrrp();
  if (acts(vrrp)) {
    groups(host, *vrrp);
  } else {
    std::erase_if(mixed_, [&](const auto& entry) { return entry.first.first == host.number(); });
  }
  if (acts(vrrp) && vrrp->knows_the_kernel()) addresses(host, *vrrp);
  retained(host);
}

// ---- S2

void Invariants::addresses(const Host& host, const VrrpProcess& vrrp) {
  for (const auto& [index, link] : host.kernel().links()) {
    for (const InstanceConfig& config : vrrp.config().instances) {
      if (config.interface != link.name) continue;
      const bool active = is_active(vrrp, config);
      for (const auto* list : {&config.addresses, &config.excluded_addresses}) {
        for (const IpPrefix& prefix : *list) judge_address(host, config, link, prefix, active);
      }
    }
    for (const vrrp::LinkAddress& have : link.addresses) {
      if (have.marked) judge_held(host, vrrp, link, have.prefix);
    }
  }
}

void Invariants::judge_address(const Host& host, const InstanceConfig& config,
                               const vrrp::Link& link, const IpPrefix& prefix, bool active) {
  const VrrpProcess& vrrp = *host.vrrp();
  const bool held = Kernel::holds(link, prefix);
  const Place place{host.number(), link.index, prefix};
  if (active && !held) {
    judge_lacked(host, config, place);
  } else if (active) {
    stolen_.erase(place);
    rights_[place] = right_of(config, vrrp);
  } else if (!held) {
    rights_.erase(place);
  } else if (config.priority != kPriorityOwner) {
    judge_held(host, vrrp, link, prefix);
  }
}

// It has everything, but what somebody else takes away again and again is put back at a pace.
void Invariants::judge_lacked(const Host& host, const InstanceConfig& config, const Place& place) {
  const IpPrefix& prefix = std::get<IpPrefix>(place);
  const bool stolen = host.kernel().was_stolen(std::get<1>(place), prefix);
  const auto [since, is_new] = stolen_.try_emplace(place, world_.now());
  const Duration patience = vrrp::Repairs::kGapMax + world_.pace.timer_late;
  const bool awake = !host.paused_since(world_.now()) && !host.vrrp()->paused_since(world_.now());
  if (!stolen || (awake && world_.now() > since->second + patience)) {
    fail(host, "S2", config.name + " is active and lacks " + prefix.to_string());
  }
}

void Invariants::judge_held(const Host& host, const VrrpProcess& vrrp, const vrrp::Link& link,
                            const IpPrefix& prefix) {
  const auto& instances = vrrp.config().instances;
  const auto by_right = [&](const InstanceConfig& config) {
    return lists(config, link, prefix) && is_active(vrrp, config);
  };
  if (std::any_of(instances.begin(), instances.end(), by_right)) return;
  const Place place{host.number(), link.index, prefix};
  const auto lists_it = std::find_if(instances.begin(), instances.end(), [&](const auto& config) {
    return lists(config, link, prefix);
  });
  // Who lets go lets go of what was put there, and of what it was given, meanwhile as well.
  if (!rights_.contains(place) && lists_it != instances.end())
    rights_[place] = right_of(*lists_it, vrrp);
  const auto right = rights_.find(place);
  if (right == rights_.end()) {
    return fail(host, "S2", "holds " + prefix.to_string() + " without being its active router");
  }
  Right& had = right->second;
  // Who was paused until this moment has yet to see what time it is, and may have been active and
  // handed over once more.
  if (host.paused_since(world_.now()) || vrrp.paused_since(world_.now())) {
    had.until.reset();
    return;
  }
  if (!had.until) {
    const std::optional<Duration> grace = may_outlast(host, vrrp, link, had);
    if (!grace) return fail(host, "S2", had.router + " holds on to " + prefix.to_string());
    had.until = world_.now() + *grace + world_.pace.timer_late;
  }
  if (world_.now() > *had.until) {
    fail(host, "S2", "holds " + prefix.to_string() + " long after it was handed over");
  }
}

// An heir takes over all of a sync group when it is due for the slowest.
Invariants::Right Invariants::right_of(const InstanceConfig& config,
                                       const VrrpProcess& vrrp) const {
  Duration grace{0};
  for (const InstanceConfig& one : vrrp.config().instances) {
    const bool counts = one.name == config.name ||
                        (!config.sync_group.empty() && one.sync_group == config.sync_group);
    if (!counts) continue;
    grace = std::max(grace, vrrp::hand_over_time(one.version, Priority{0}, one.advert_interval));
  }
  return {config.name, config.vrid, config.version, grace, world_.now(), std::nullopt};
}

// How long a router that is active no more may hold its addresses; nothing: not at all.
std::optional<Duration> Invariants::may_outlast(const Host& host, const VrrpProcess& vrrp,
                                                const vrrp::Link& link, const Right& had) const {
  const auto& instances = vrrp.config().instances;
  const auto it = std::find_if(instances.begin(), instances.end(), [&](const auto& config) {
    return config.name == had.router && config.interface == link.name && config.vrid == had.vrid &&
           config.version == had.version;
  });
  if (it == instances.end()) return had.grace;  // it has left the configuration
  const RouterState* state = vrrp.router(had.router);
  if (state == nullptr || state->state != VrrpState::kBackup) return std::nullopt;
  if (state->reason.find("has priority") != std::string::npos) return vrrp::Router::kHeirAnnounces;
  if (state->reason.find("and meanwhile") != std::string::npos) {
    return vrrp::Router::kHeirAnnounces;  // it was stopped, and does not take back
  }
  if (state->reason.starts_with("sync group")) {
    return std::max(had.grace, right_of(*it, vrrp).grace);  // it may have joined just now
  }
  // While it slept it was configured anew, and again: who it was before hands over still.
  const bool slept = host.paused_since(had.seen) || vrrp.paused_since(had.seen);
  if (slept && state->reason == "started") return had.grace;
  return std::nullopt;
}

// ---- S8

void Invariants::groups(const Host& host, const VrrpProcess& vrrp) {
  for (const SyncGroupConfig& group : vrrp.config().sync_groups) {
    judge_group(host, vrrp, group.name);
  }
}

void Invariants::judge_group(const Host& host, const VrrpProcess& vrrp, const std::string& name) {
  constexpr Duration kSecond = std::chrono::seconds{1};
  std::map<VrrpState, std::string> who;
  Duration patience{0};
  for (const InstanceConfig& config : vrrp.config().instances) {
    const RouterState* state = config.sync_group == name ? vrrp.router(config.name) : nullptr;
    if (state == nullptr) continue;
    who[state->state] = config.name;
    // Another's interval is at most twice ours. Active_Down_Interval, and what a Yield adds to it.
    const Duration skew = config.version == VrrpVersion::k2 ? kSecond : Duration{0};
    patience = std::max(patience, 12 * config.advert_interval + skew + config.preempt_delay);
  }
  if (who.contains(VrrpState::kFault) && who.size() > 1) {
    fail(host, "S8", "of group " + name + " only " + who[VrrpState::kFault] + " is at fault");
  }
  const std::pair key{host.number(), name};
  if (!who.contains(VrrpState::kActive) || !who.contains(VrrpState::kBackup)) {
    mixed_.erase(key);
    return;
  }
  const Mixture now{world_.now(), vrrp.generation()};
  Mixture& mixture = mixed_.try_emplace(key, now).first->second;
  // Who slept sees only now what time it is, and after a reload the time may begin anew.
  if (mixture.generation != now.generation || host.paused_since(mixture.since) ||
      vrrp.paused_since(mixture.since)) {
    mixture = now;
  }
  if (now.since - mixture.since > patience + world_.pace.timer_late) {
    fail(host, "S8",
         "of group " + name + " " + who[VrrpState::kActive] + " is active and " +
             who[VrrpState::kBackup] + " is backup");
  }
}

// ---- S6

void Invariants::retained(const Host& host) {
  const SupervisorProcess* supervisor = host.supervisor();
  if (supervisor == nullptr || supervisor->paused() || !supervisor->drained()) return;
  const auto& kept = supervisor->core().retained_by_subject();
  for (const Role role : kRoles) {
    const Worker* worker = host.worker(role);
    if (!acts(worker) || worker->generation() != supervisor->core().generation()) continue;
    for (const auto& [subject, message] : worker->known()) {
      const auto same = kept.find(subject);
      if (same != kept.end() && same->second == encode(message)) continue;
      if (same == kept.end() && worker->is_of_another(message)) continue;
      fail(host, "S6",
           "the supervisor retains another " + std::string(name_of(message)) + " of '" +
               subject.second + "' than the " + std::string(to_string(role)) + " knows");
    }
    for (const auto& [subject, bytes] : kept) {
      const bool concerns = subject.first == supervisor::kType<CheckState> ||
                            subject.first == supervisor::kType<RouterState>;
      if (!concerns || worker->known().contains(subject)) continue;
      fail(host, "S6",
           "the supervisor retains a state of '" + subject.second + "' that the " +
               std::string(to_string(role)) + " does not know");
    }
  }
}

}  // namespace holdfast::simulator
