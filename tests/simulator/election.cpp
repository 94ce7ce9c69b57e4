// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/election.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/has_routing.h"
#include "tests/simulator/vrrp_process.h"
#include "tests/simulator/witness.h"

namespace holdfast::simulator {
namespace {

using std::chrono::seconds;

// One host's part in an election.
struct Candidate {
  const Host* host;
  const InstanceConfig* config;
  bool able = true;
  int priority = 0;
  const RouterState* state = nullptr;
};

// Written anew, not shared with the worker, which it judges.
Candidate assess(const Host& host, const InstanceConfig& config) {
  Candidate candidate{&host, &config};
  candidate.priority = config.priority.value;
  const auto consider = [&](bool up, std::optional<int> weight) {
    if (!weight) {
      candidate.able = candidate.able && up;
    } else if (*weight > 0 ? up : !up) {
      candidate.priority += *weight;
    }
  };
  const auto link_up = [&](const std::string& name) {
    const auto& links = host.kernel().links();
    return std::any_of(links.begin(), links.end(), [&](const auto& entry) {
      return entry.second.name == name && entry.second.up;
    });
  };
  candidate.able = link_up(config.interface);
  for (const auto& track : config.track_interfaces)
    consider(link_up(track.interface), track.weight);
  for (const TrackCheck& track : config.track_checks) {
    for (const CheckConfig& check : host.file().checks) {
      if (check.name != track.check) continue;
      consider(host.target(std::get<TcpCheck>(check.target).endpoint.port) == Target::kAnswers,
               track.weight);
    }
  }
  candidate.priority =
      config.priority == kPriorityOwner ? 255 : std::clamp(candidate.priority, 1, 254);
  if (host.vrrp() != nullptr) candidate.state = host.vrrp()->router(config.name);
  return candidate;
}

std::string describe(const Candidate& one) {
  return "host " + std::to_string(one.host->number()) + " (" + (one.able ? "able" : "not able") +
         ", priority " + std::to_string(one.priority) + ", " +
         (one.state == nullptr ? "unknown" : std::string(to_string(one.state->state))) + ")";
}

std::optional<std::string> judge_alone(const Candidate& one) {
  if (one.state == nullptr) return describe(one) + " has not reported";
  const VrrpState state = one.state->state;
  const bool takes_part = state == VrrpState::kActive || state == VrrpState::kBackup;
  if (one.able != takes_part) return describe(one) + " is in the wrong state";
  if (one.state->priority.value != one.priority) {
    return describe(one) + " reports priority " + std::to_string(one.state->priority.value);
  }
  return std::nullopt;
}

std::optional<std::string> judge_announcements(const Candidate& active,
                                               const std::vector<Candidate>& all,
                                               const Witness& witness, int lan) {
  for (const IpPrefix& prefix : active.config->held()) {
    const auto last = witness.last_announced(active.host->number(), lan, prefix.address);
    for (const Candidate& other : all) {
      const auto its = witness.last_announced(other.host->number(), lan, prefix.address);
      if (other.host == active.host || !its || (last && *last >= *its)) continue;
      // Nobody can know of an active router that nobody heard.
      if (!witness.took_leave(other.host->number(), other.config->name)) continue;
      return "neighbours last heard that " + prefix.to_string() + " is at " + describe(other) +
             ", not at " + describe(active);
    }
  }
  return std::nullopt;
}

using Elections = std::map<std::pair<int, WireName>, std::vector<Candidate>>;

const Candidate* active_of(const std::vector<Candidate>& all) {
  const auto it = std::find_if(all.begin(), all.end(), [](const Candidate& one) {
    return one.state != nullptr && one.state->state == VrrpState::kActive;
  });
  return it == all.end() ? nullptr : &*it;
}

bool outranks(const Candidate& one, const Candidate& active) {
  const bool preempts = one.config->preempt || one.config->priority == kPriorityOwner;
  return one.able && preempts && one.priority > active.priority;
}

bool together(const Candidate& one, const Candidate& other) {
  return one.host == other.host && !one.config->sync_group.empty() &&
         one.config->sync_group == other.config->sync_group;
}

// In all elections in which a sync group of a host takes part.
bool outranks_with_its_group(const Candidate& one, const Elections& elections) {
  for (const auto& [where, all] : elections) {
    const Candidate* active = active_of(all);
    for (const Candidate& member : all) {
      if (!together(one, member)) continue;
      if (active == nullptr || !outranks(member, *active)) return false;
    }
  }
  return true;
}

// Who is in a sync group is able when all of it are, and in the same state.
void assess_groups(Elections& elections) {
  std::set<std::pair<const Host*, std::string>> unable;
  for (const auto& [where, all] : elections) {
    for (const Candidate& one : all) {
      if (!one.able) unable.emplace(one.host, one.config->sync_group);
    }
  }
  for (auto& [where, all] : elections) {
    for (Candidate& one : all) {
      const std::string& group = one.config->sync_group;
      one.able = one.able && (group.empty() || !unable.contains({one.host, group}));
    }
  }
}

std::optional<std::string> judge_togetherness(const Elections& elections) {
  std::map<std::pair<const Host*, std::string>, const Candidate*> first;
  for (const auto& [where, all] : elections) {
    for (const Candidate& one : all) {
      if (one.config->sync_group.empty()) continue;
      const Candidate* other =
          first.try_emplace({one.host, one.config->sync_group}, &one).first->second;
      if (one.state->state == other->state->state) continue;
      return "in group " + one.config->sync_group + " " + one.config->name + " of " +
             describe(one) + " and " + other->config->name + " of " + describe(*other);
    }
  }
  return std::nullopt;
}

std::optional<std::string> judge(const std::vector<Candidate>& all, const Elections& elections,
                                 const Witness& witness, int lan) {
  const Candidate* active = nullptr;
  bool anybody_able = false;
  for (const Candidate& one : all) {
    if (auto wrong = judge_alone(one)) return wrong;
    anybody_able = anybody_able || one.able;
    if (one.state->state != VrrpState::kActive) continue;
    if (active != nullptr) return describe(*active) + " and " + describe(one) + " are both active";
    active = &one;
  }
  if (active == nullptr) {
    if (anybody_able) return "nobody is active, and " + describe(all.front()) + " looks on";
    return std::nullopt;
  }
  for (const Candidate& one : all) {
    const bool alone = one.config->sync_group.empty();
    if (outranks(one, *active) && (alone || outranks_with_its_group(one, elections))) {
      return describe(one) + " leaves " + describe(*active) + " active";
    }
  }
  return judge_announcements(*active, all, witness, lan);
}

}  // namespace

std::optional<std::string> judge_election(const Hosts& hosts, const Witness& witness) {
  Elections elections;
  for (const auto& host : hosts) {
    if (!host->supervisor()) continue;
    for (const InstanceConfig& config : host->file().instances) {
      const int lan = Kernel::lan_of(config.interface);
      elections[{lan, {config.family(), config.vrid}}].push_back(assess(*host, config));
    }
  }
  assess_groups(elections);
  for (const auto& [where, candidates] : elections) {
    if (const auto wrong = judge(candidates, elections, witness, where.first)) {
      return "VRID " + std::to_string(where.second.second.value) + " on LAN " +
             std::to_string(where.first) + ": " + *wrong;
    }
  }
  return judge_togetherness(elections);
}

Duration settling_time(const Hosts& hosts) {
  Duration election{0};
  Duration checks{0};
  for (const auto& host : hosts) {
    for (const InstanceConfig& config : host->file().instances) {
      // Twice Active_Down_Interval: a second one may have to outlast the first.
      const Duration interval = std::max<Duration>(config.advert_interval, seconds{1} / 4);
      // A group may have to yield and to try again.
      const int downs = config.sync_group.empty() ? 2 : 5;
      election = std::max(election, 4 * downs * interval + config.preempt_delay);
    }
    for (const CheckConfig& check : host->file().checks) {
      checks = std::max(checks, (std::max(check.rise, check.fall) + 2) * check.interval);
    }
  }
  return election + checks + seconds{2};
}

bool all_up(const Hosts& hosts) {
  return std::all_of(hosts.begin(), hosts.end(), [](const auto& host) {
    const SupervisorProcess* supervisor = host->supervisor();
    if (supervisor == nullptr || supervisor->core().config() != host->file()) return false;
    const bool workers_up = std::all_of(kHostRoles.begin(), kHostRoles.end(), [&](Role role) {
      if (role == Role::kCheck && host->file().checks.empty()) return true;  // none is wanted
      if (role == Role::kVrrp && !has_routing(host->file())) return host->vrrp() == nullptr;
      const Worker* worker = host->worker(role);
      return worker != nullptr && worker->begun() && !worker->closing() && !worker->paused() &&
             worker->generation() == supervisor->core().generation();
    });
    // A kernel that refused an address is not asked again at once, and an interface that is down
    // hides that it did.
    return workers_up && (host->vrrp() == nullptr || host->vrrp()->knows_the_kernel()) &&
           std::none_of(host->file().instances.begin(), host->file().instances.end(),
                        [&](const InstanceConfig& config) {
                          const RouterState* state = host->vrrp()->router(config.name);
                          return state != nullptr &&
                                 state->reason.starts_with("the kernel refused");
                        });
  });
}

}  // namespace holdfast::simulator
