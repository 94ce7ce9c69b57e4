// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/election.h"

#include <algorithm>
#include <map>
#include <utility>

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
  for (const IpPrefix& prefix : active.config->addresses) {
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

std::optional<std::string> judge(const std::vector<Candidate>& all, const Witness& witness,
                                 int lan) {
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
    const bool preempts = one.config->preempt || one.config->priority == kPriorityOwner;
    if (one.able && preempts && one.priority > active->priority) {
      return describe(one) + " leaves " + describe(*active) + " active";
    }
  }
  return judge_announcements(*active, all, witness, lan);
}

}  // namespace

std::optional<std::string> judge_election(const Hosts& hosts, const Witness& witness) {
  std::map<std::pair<int, Vrid>, std::vector<Candidate>> elections;
  for (const auto& host : hosts) {
    if (!host->supervisor()) continue;
    for (const InstanceConfig& config : host->file().instances) {
      const int lan = std::stoi(config.interface.substr(3));
      elections[{lan, config.vrid}].push_back(assess(*host, config));
    }
  }
  for (const auto& [where, candidates] : elections) {
    if (const auto wrong = judge(candidates, witness, where.first)) {
      return "VRID " + std::to_string(where.second.value) + " on LAN " +
             std::to_string(where.first) + ": " + *wrong;
    }
  }
  return std::nullopt;
}

Duration settling_time(const Hosts& hosts) {
  Duration election{0};
  Duration checks{0};
  for (const auto& host : hosts) {
    for (const InstanceConfig& config : host->file().instances) {
      // Twice Active_Down_Interval: a second one may have to outlast the first.
      const Duration interval = std::max<Duration>(config.advert_interval, seconds{1} / 4);
      election = std::max(election, 8 * interval + config.preempt_delay);
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
    const bool workers_up = std::all_of(kRoles.begin(), kRoles.end(), [&](Role role) {
      const Worker* worker = host->worker(role);
      return worker != nullptr && worker->begun() && !worker->closing() && !worker->paused() &&
             worker->generation() == supervisor->core().generation();
    });
    // A kernel that refused an address is not asked again at once.
    return workers_up && std::none_of(host->file().instances.begin(), host->file().instances.end(),
                                      [&](const InstanceConfig& config) {
                                        const RouterState* state =
                                            host->vrrp()->router(config.name);
                                        return state != nullptr &&
                                               state->reason.starts_with("the kernel refused");
                                      });
  });
}

}  // namespace holdfast::simulator
