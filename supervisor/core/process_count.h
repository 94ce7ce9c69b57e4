// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/messages.h"
#include "config/config.h"

namespace holdfast::supervisor {

// A process as /proc shows it.
struct ProcessLook {
  std::string name;                  // of its program, cut to 15 bytes
  bool running = false;              // not a zombie
  std::vector<std::string> command;  // its command line; empty: not read, or a kernel's thread
};

// Of /proc/PID/stat: the name, which may itself hold blanks and parentheses, and the state.
ProcessLook parse_stat(std::string_view stat);
std::vector<std::string> parse_command_line(std::string_view cmdline);  // of /proc/PID/cmdline

// Does a check count this process?
bool counts(const ProcessCheck& check, const ProcessLook& process);

Observation observation_of(const std::string& name, const ProcessCheck& check, std::size_t count);

}  // namespace holdfast::supervisor
