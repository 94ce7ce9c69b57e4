// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "common/core/time.h"
#include "config/command.h"

// Who is told of a change of state: `vrrp: notify:`, and `notify:` of an instance or a sync group.
// It stands beside the instances, so that a reload that changes a script touches no router.
namespace holdfast {

struct NotifyScripts {
  std::optional<Command> master;
  std::optional<Command> backup;
  std::optional<Command> fault;
  std::optional<Command> stop;
  std::optional<Command> any;  // after that of the state, with the words KIND NAME STATE PRIORITY
  bool operator==(const NotifyScripts&) const = default;
};

struct QuorumScripts {
  std::optional<Command> up;
  std::optional<Command> down;
  bool down_at_stop = false;  // keepalived's omega
  bool operator==(const QuorumScripts&) const = default;
};

struct NotifyConfig {
  NotifyScripts defaults;                          // for what a subject has none of its own
  std::map<std::string, NotifyScripts> instances;  // by name
  std::map<std::string, NotifyScripts> groups;     // by name
  std::map<std::string, QuorumScripts> services;   // virtual servers, by name
  std::string fifo;                                // absolute path; empty: none
  Duration timeout = std::chrono::seconds{60};     // 100 ms..1 hour, of each script
  bool operator==(const NotifyConfig&) const = default;
};

}  // namespace holdfast
