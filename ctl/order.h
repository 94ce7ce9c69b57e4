// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "ctl/command.h"
#include "ctl/time_limit.h"

namespace holdfast::ctl {

// Asks the daemon to do something. The exit status; what kept it from that is on the standard
// error.
int order(const Globals& globals, const std::string& request,
          std::chrono::seconds patience = std::chrono::seconds{5});
int order(const Globals& globals, const std::string& request, const TimeLimit& limit);

}  // namespace holdfast::ctl
