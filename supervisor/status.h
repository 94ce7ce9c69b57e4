// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "status/status.h"
#include "supervisor/core/supervisor_core.h"

namespace holdfast::supervisor {

struct FailedReload {
  std::chrono::system_clock::time_point at;
  std::string message;  // the first of them
};

// What the core does not know of itself.
struct Surroundings {
  std::string config_file;
  std::string sha256;
  std::chrono::system_clock::time_point loaded_at;
  std::optional<FailedReload> failed_reload;  // since the last good one
  std::array<int, kRoles.size()> pids{};      // by role; 0: none
  Time now;
  std::chrono::system_clock::time_point boot;  // what Time counts from, in wall time
  std::optional<Maintenance> maintenance{};
};

// What the supervisor tells of itself and its workers, also to the monitor-worker.
DaemonState daemon_state(const SupervisorCore& core, const Surroundings& around);
std::vector<WorkerState> worker_states(const SupervisorCore& core, const Surroundings& around);

// The documents of the control socket.
std::string status_document(const SupervisorCore& core, const Surroundings& around);
std::string checks_document(const SupervisorCore& core, const Surroundings& around,
                            const std::map<std::string, CheckDetail>& details);
std::string run_document(const CheckWasRun& run);

// For the service manager: "1 MASTER, 2 BACKUP; 3 of 4 checks up; 1 of 2 virtual servers up".
std::string status_line(const SupervisorCore& core);

}  // namespace holdfast::supervisor
