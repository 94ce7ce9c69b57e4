// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/invariants.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include "tests/simulator/vrrp_process.h"
#include "vrrp-worker/core/intervals.h"
#include "vrrp-worker/core/repairs.h"

namespace holdfast::simulator {
namespace {

bool lists(const InstanceConfig& config, const vrrp::Link& link, const IpPrefix& prefix) {
  return config.interface == link.name &&
         std::find(config.addresses.begin(), config.addresses.end(), prefix) !=
             config.addresses.end();
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
  if (acts(vrrp) && vrrp->knows_the_kernel()) addresses(host, *vrrp);
  retained(host);
}

// ---- S2

void Invariants::addresses(const Host& host, const VrrpProcess& vrrp) {
  for (const auto& [index, link] : host.kernel().links()) {
    for (const InstanceConfig& config : vrrp.config().instances) {
      if (config.interface != link.name) continue;
      const bool active = is_active(vrrp, config);
      for (const IpPrefix& prefix : config.addresses) {
        const bool held = Kernel::holds(link, prefix);
        const Place place{host.number(), index, prefix};
        if (active && !held) {
          judge_lacked(host, config, place);
        } else if (active) {
          stolen_.erase(place);
          rights_[place] = right_of(config);
        } else if (!held) {
          rights_.erase(place);
        } else if (config.priority != kPriorityOwner) {
          judge_held(host, vrrp, link, prefix);
        }
      }
    }
    for (const vrrp::LinkAddress& have : link.addresses) {
      if (have.marked) judge_held(host, vrrp, link, have.prefix);
    }
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
  if (!rights_.contains(place) && lists_it != instances.end()) rights_[place] = right_of(*lists_it);
  const auto right = rights_.find(place);
  if (right == rights_.end()) {
    return fail(host, "S2", "holds " + prefix.to_string() + " without being its active router");
  }
  Right& had = right->second;
  if (!had.until) {
    const std::optional<Duration> grace = may_outlast(vrrp, link, had);
    if (!grace) return fail(host, "S2", had.router + " holds on to " + prefix.to_string());
    had.until = world_.now() + *grace + world_.pace.timer_late;
  }
  // Who was paused until this moment has yet to see what time it is.
  const bool awake = !host.paused_since(world_.now()) && !vrrp.paused_since(world_.now());
  if (awake && world_.now() > *had.until) {
    fail(host, "S2", "holds " + prefix.to_string() + " long after it was handed over");
  }
}

Invariants::Right Invariants::right_of(const InstanceConfig& config) {
  const Duration grace =
      config.advert_interval + vrrp::skew_time(config.version, Priority{0}, config.advert_interval);
  return {config.name, config.vrid, config.version, grace, std::nullopt};
}

// How long a router that is active no more may hold its addresses; nothing: not at all.
std::optional<Duration> Invariants::may_outlast(const VrrpProcess& vrrp, const vrrp::Link& link,
                                                const Right& had) const {
  const auto& instances = vrrp.config().instances;
  const auto it = std::find_if(instances.begin(), instances.end(), [&](const auto& config) {
    return config.name == had.router && config.interface == link.name && config.vrid == had.vrid &&
           config.version == had.version;
  });
  if (it == instances.end()) return had.grace;  // it has left the configuration
  const RouterState* state = vrrp.router(had.router);
  if (state == nullptr || state->state != VrrpState::kBackup) return std::nullopt;
  if (state->reason.find("has priority") != std::string::npos) return vrrp::Router::kHeirAnnounces;
  if (state->reason.starts_with("sync group")) return had.grace;
  return std::nullopt;
}

// ---- S6

void Invariants::retained(const Host& host) {
  const SupervisorProcess* supervisor = host.supervisor();
  if (supervisor == nullptr || supervisor->paused() || !supervisor->drained()) return;
  const std::vector<Message> kept = supervisor->core().retained();
  const auto find = [&](const Worker::Subject& subject) -> const Message* {
    const auto it = std::find_if(kept.begin(), kept.end(), [&](const Message& message) {
      return message.index() == subject.first && subject_of(message) == subject.second;
    });
    return it == kept.end() ? nullptr : &*it;
  };
  for (const Role role : kRoles) {
    const Worker* worker = host.worker(role);
    if (!acts(worker) || worker->generation() != supervisor->core().generation()) continue;
    for (const auto& [subject, message] : worker->known()) {
      const Message* same = find(subject);
      if (same != nullptr && *same == message) continue;
      fail(host, "S6",
           "the supervisor retains another " + std::string(name_of(message)) + " of '" +
               subject.second + "' than the " + std::string(to_string(role)) + " knows");
    }
    for (const Message& message : kept) {
      const bool concerns = std::holds_alternative<CheckState>(message) ||
                            (role == Role::kVrrp && std::holds_alternative<RouterState>(message));
      if (!concerns) continue;
      if (worker->known().contains({message.index(), std::string(subject_of(message))})) continue;
      fail(host, "S6",
           "the supervisor retains a " + std::string(name_of(message)) + " of '" +
               std::string(subject_of(message)) + "' that the " + std::string(to_string(role)) +
               " does not know");
    }
  }
}

}  // namespace holdfast::simulator
