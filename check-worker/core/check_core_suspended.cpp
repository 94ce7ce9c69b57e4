// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// Checks of virtual servers whose addresses another node has: they are not made (keepalived's
// ha_suspend). What anybody else needs, who is not suspended, goes on.
namespace holdfast::check {

void CheckCore::index_suspension(const Config& config) {
  suspended_by_.clear();
  std::set<std::string> needed;
  for (const InstanceConfig& instance : config.instances) {
    for (const TrackCheck& one : instance.track_checks) needed.insert(one.check);
  }
  for (const VirtualServerConfig& service : config.virtual_servers) {
    for (const RealServerConfig& server : service.real_servers) {
      for (const std::string& check : server.checks) {
        if (service.ha_suspend.empty()) needed.insert(check);
        suspended_by_[check].insert(service.ha_suspend.begin(), service.ha_suspend.end());
      }
    }
  }
  for (const std::string& check : needed) suspended_by_.erase(check);
}

bool CheckCore::is_suspended(const std::string& name) const {
  const auto found = suspended_by_.find(name);
  return found != suspended_by_.end() &&
         std::none_of(found->second.begin(), found->second.end(),
                      [this](const std::string& one) { return masters_.contains(one); });
}

void CheckCore::router_changed(const RouterState& state) {
  if (state.state == VrrpState::kActive) {
    masters_.insert(state.router);
  } else {
    masters_.erase(state.router);
  }
  suspend_or_resume();
}

// Those that go on begin as new ones do: at once, and not all at the same time.
void CheckCore::suspend_or_resume() {
  if (!begun_) return;
  std::vector<Checks::value_type*> resumed;
  for (Checks::value_type& entry : checks_) {
    Check& check = entry.second;
    const bool suspended = !is_watched(check.config->target) && is_suspended(entry.first);
    if (std::exchange(check.suspended, suspended) == suspended) continue;
    if (!suspended) {
      resumed.push_back(&entry);
      continue;
    }
    cancel(entry);
    plan(entry);
  }
  spread(resumed);
  see_if_idle();
}

}  // namespace holdfast::check
