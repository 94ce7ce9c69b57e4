// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "supervisor/core/notices.h"

namespace holdfast::supervisor {

// One after the other: the script of the state, then that for any state, to which keepalived's four
// words are added. What an instance or group has none of its own of, it has from `vrrp: notify:`.
std::vector<Command> scripts_for(const Notice& notice, const NotifyConfig& config);

// Everything that is known of it: HOLDFAST_STATE=MASTER and so on.
std::vector<std::string> environment_of(const Notice& notice, const Config& config);

// Of a script that is told of an alert: HOLDFAST_EVENT=check_down and so on.
std::vector<std::string> alert_environment(const Alert& alert, const std::string& node);

// keepalived's: INSTANCE "web" MASTER 100, and a newline.
std::string fifo_line(const Notice& notice);

}  // namespace holdfast::supervisor
