// SPDX-License-Identifier: Apache-2.0
#include "supervisor/status.h"

#include <unistd.h>

#include <algorithm>

#include "config/has_routing.h"

namespace holdfast::supervisor {
namespace {

RealTime real_time(WallTime when) {
  return RealTime{std::chrono::duration_cast<Duration>(when.time_since_epoch())};
}

// What a document is written of, as long as this lives.
struct View {
  View(const SupervisorCore& core, const Surroundings& around)
      : daemon(daemon_state(core, around)),
        workers(worker_states(core, around)),
        retained(core.retained()),
        node{core.config(), daemon,      workers,           retained,
             around.now,    around.boot, around.maintenance} {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  DaemonState daemon;
  std::vector<WorkerState> workers;
  std::vector<Message> retained;
  NodeStatus node;
};

}  // namespace

DaemonState daemon_state(const SupervisorCore& core, const Surroundings& around) {
  DaemonState state;
  state.pid = static_cast<std::uint32_t>(::getpid());
  state.config_file = bounded(around.config_file);
  state.sha256 = around.sha256;
  state.generation = core.generation();
  state.loaded_at = real_time(around.loaded_at);
  if (around.failed_reload) {
    state.failed_at = real_time(around.failed_reload->at);
    state.failure = bounded(around.failed_reload->message);
  }
  return state;
}

std::vector<WorkerState> worker_states(const SupervisorCore& core, const Surroundings& around) {
  std::vector<WorkerState> states;
  for (const Role role : kRoles) states.push_back({role, false, {}, 0, 0, "", {}});
  for (const WorkerInfo& one : core.workers()) {
    const auto index = static_cast<std::size_t>(one.role);
    states[index] = {one.role,     true,
                     one.phase,    static_cast<std::uint32_t>(around.pids.at(index)),
                     one.restarts, bounded(one.last_end),
                     one.since};
  }
  return states;
}

std::string status_document(const SupervisorCore& core, const Surroundings& around) {
  return holdfast::status_document(View(core, around).node);
}

std::string checks_document(const SupervisorCore& core, const Surroundings& around,
                            const std::map<std::string, CheckDetail>& details) {
  return holdfast::checks_document(View(core, around).node, details);
}

std::string run_document(const CheckWasRun& run) {
  return holdfast::run_document(run.check, run.verdict, run.reason, run.lines);
}

std::string status_line(const SupervisorCore& core) {
  const std::vector<WorkerInfo> workers = core.workers();
  const bool runs = std::any_of(workers.begin(), workers.end(), [](const WorkerInfo& one) {
    return one.role == Role::kVrrp &&
           (one.phase == WorkerPhase::kRunning || one.phase == WorkerPhase::kStopping);
  });
  if (!runs && has_routing(core.config())) return "the vrrp-worker is not running";
  std::map<VrrpState, std::size_t> routers;
  std::size_t up = 0;
  std::size_t served = 0;
  for (const Message& one : core.retained_of<RouterState>()) {
    ++routers[std::get<RouterState>(one).state];
  }
  for (const Message& one : core.retained_of<CheckState>()) up += std::get<CheckState>(one).up;
  for (const Message& one : core.retained_of<ServiceState>()) {
    served += std::get<ServiceState>(one).quorum;
  }
  std::string line;
  for (const VrrpState state :
       {VrrpState::kActive, VrrpState::kBackup, VrrpState::kFault, VrrpState::kInitialize}) {
    if (routers[state] == 0) continue;
    line += (line.empty() ? "" : ", ") + std::to_string(routers[state]) + " " +
            std::string(holdfast::to_string(state));
  }
  if (line.empty()) line = "no virtual routers";
  const auto add = [&line](std::size_t good, std::size_t all, const char* what) {
    if (all == 0) return;
    line += "; " + std::to_string(good) + " of " + std::to_string(all) + ' ' + what + " up";
  };
  add(up, core.config().checks.size(), "checks");
  add(served, core.config().virtual_servers.size(), "virtual servers");
  return line;
}

}  // namespace holdfast::supervisor
