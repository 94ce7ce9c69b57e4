// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "supervisor/core/supervisor_core.h"

namespace holdfast::supervisor {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr const char* kBuild = "build-1";

// "Spawn vrrp-worker", "Send check-worker Configure 2", "error: vrrp-worker hung...".
std::string to_line(const SupervisorAction& action);

// Routers and checks of these names; every router with the same advert interval.
Config config_of(const Lines& routers, const Lines& checks,
                 Duration advert_interval = std::chrono::seconds{1});

// And a virtual server "shop" with one server, 10.0.0.1:80.
Config with_service(Config config);

RouterState router_state(const std::string& name, VrrpState state = VrrpState::kBackup);
CheckState check_state(const std::string& name, bool up = true);

// A supervisor core, the time, and what it did, a line an action.
class Driver {
 public:
  Lines tell(const SupervisorEvent& event);
  Lines say(Role role, const Message& message) { return tell(MessageFrom{role, message}); }
  Lines wake_in(Duration duration);  // at that time from now
  Lines wake();                      // at the deadline, which there must be

  // From the first configuration to both workers running and proven.
  void run(const Config& config = config_of({"web"}, {"app"}));
  void bring_up(Role role);  // Hello, Configured for the newest generation
  void prove(Role role);     // and what a worker says after that
  Lines kill(Role role);     // by SIGKILL from outside
  Lines exit_with(Role role, int status);

  WorkerInfo info(Role role) const;

  SupervisorCore core{kBuild};
  Time now{std::chrono::hours{1}};
};

}  // namespace holdfast::supervisor
