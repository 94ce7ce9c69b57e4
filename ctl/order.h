// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "ctl/command.h"
#include "ctl/time_limit.h"

namespace holdfast::ctl {

// Asks the daemon to do something. The exit status; what kept it from that is on the standard
// error. `json`: its answer as it is, on the standard output.
int order(const Globals& globals, const std::string& request, bool json,
          std::chrono::seconds patience = std::chrono::seconds{5});

// The same; `done` says, for a person, what holds now.
int order(const Globals& globals, const std::string& request, bool json, const std::string& done,
          std::chrono::seconds patience = std::chrono::seconds{5});

// An order that holds, perhaps for a time.
int order(const Globals& globals, const std::string& request, bool json, const TimeLimit& limit,
          const std::string& done);

// A verb that orders, or shows what an order would do; it gets the option --json, which `run` is
// told.
Verb order_verb(CLI::App* verb, std::function<int(bool json)> run);

}  // namespace holdfast::ctl
