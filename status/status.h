// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

// What a node shows of itself, as JSON: at the control socket and over HTTP alike. The shape is in
// docs/status.md.
namespace holdfast {

using WallTime = std::chrono::system_clock::time_point;

WallTime wall_time(RealTime when);  // what is beyond its years (1677 to 2262) is their end

// The operator has taken the node out. What the monitor-worker does not know is not there.
struct Maintenance {
  std::optional<WallTime> since{};
  std::optional<WallTime> until{};  // then it is over; nothing: until told so
};

// All that is known of a node. It only looks at what others own.
struct NodeStatus {
  const Config& config;
  const DaemonState& daemon;
  const std::vector<WorkerState>& workers;  // in the order of the roles
  const std::vector<Message>& retained;     // at most one of a type and subject
  Time now;
  WallTime boot;  // what Time counts from
  std::optional<Maintenance> maintenance{};
};

bool runs(const NodeStatus& node, Role role);  // or stops

std::string status_document(const NodeStatus& node);
std::string servers_document(const NodeStatus& node);
std::string checks_document(const NodeStatus& node);
// With what the check-worker has seen of them.
std::string checks_document(const NodeStatus& node,
                            const std::map<std::string, CheckDetail>& details);
std::string run_document(const std::string& check, ScriptVerdict verdict, const std::string& reason,
                         const std::vector<std::string>& lines);

std::string test_document(const std::string& receiver, ScriptVerdict verdict,
                          const std::string& reason);

// Whether all is well, and if not what is not: {"ok": false, "problems": [...]}.
std::string health_document(const std::string& node, const std::vector<std::string>& problems);

// The receivers of alerts, for `holdfastctl alert`.
std::string receivers_document(const AlertsConfig& alerts);

std::string done_document();  // {"done": true}

// The configuration that is in force: {"configuration": {"file", "node", "text"}}.
std::string configuration_document(const std::string& file, const std::string& node,
                                   const std::string& text);

// The document that answers what cannot be: {"error": WHY}.
std::string error_document(const std::string& why);
// With more lines: {"error": WHY, "details": [LINE...]}.
std::string error_document(const std::string& why, const std::vector<std::string>& details);

}  // namespace holdfast
