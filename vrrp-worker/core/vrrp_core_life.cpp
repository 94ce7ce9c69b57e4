// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/core/result.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's beginning and end.
namespace holdfast::vrrp {

void VrrpCore::begin(const Begin& event) {
  HF_CHECK(!begun_);
  begun_ = true;
  for (auto& [name, instance] : instances_) instance.gate.begin(now_);
  hold_fixed();
  filter_.have(turn());
  // Every router knows its state before any acts: none takes away what another goes on holding.
  for (auto& [name, instance] : instances_) instance.own_standing = own_standing_of(instance);
  if (delays_start()) {
    starts_at_ = now_ + start_delay_;
    for (auto& [name, instance] : instances_) {
      log(LogLevel::kInfo, name + ": " + reason::start_delayed(start_delay_));
      actions_.emplace_back(
          Report{RouterState{name, VrrpState::kInitialize, instance.config.priority, now_,
                             reason::start_delayed(start_delay_)}});
    }
  } else {
    start_all(event.last_alive);
  }
  // What a former life left behind and nobody holds now goes, on every link.
  for (const auto& [link, facts] : links_.all()) reconcile(facts.name);
  routes_.reconcile(turn());
  filter_.reconcile(turn());
}

// keepalived's vrrp_startup_delay: when the daemon starts, not when a life of its worker ended.
bool VrrpCore::delays_start() const {
  return start_delay_ > Duration{0} &&
         std::all_of(resumed_.begin(), resumed_.end(), [](const auto& former) {
           return former.second.state == VrrpState::kInitialize;
         });
}

void VrrpCore::start_all(std::optional<Time> last_alive) {
  starts_at_.reset();
  std::vector<std::pair<Instance*, RouterActions>> started;
  for (auto& [name, instance] : instances_) {
    started.emplace_back(&instance, start(instance, last_alive));
  }
  for (const auto& [instance, actions] : started) perform(*instance, actions);
  // One that resumes may have lost its lease meanwhile.
  for (const auto& [instance, actions] : started) review(*instance);
  resumed_.clear();
}

RouterActions VrrpCore::start(Instance& instance, std::optional<Time> last_alive) {
  instance.started = true;
  const std::vector<Instance*>* const members = instance.group();
  instance.standing =
      shared_standing(instance, members == nullptr ? nullptr : first_in_fault(*members));
  instance.router = Router{instance.router_config()};
  const auto resumed = resumed_.find(instance.config.name);
  if (resumed != resumed_.end()) instance.reported = resumed->second;
  if (instance.standing.fault) {
    return instance.router.handle(Fault{*instance.standing.fault}, now_);
  }
  if (resumed != resumed_.end() && last_alive) {
    return instance.router.handle(Resume{resumed->second, *last_alive}, now_);
  }
  return instance.router.handle(Startup{instance.config.initial_master}, now_);
}

void VrrpCore::stop() {
  if (std::exchange(stopping_, true)) return;
  starts_at_.reset();
  if (!begun_) {
    // Nobody will begin after this life: what a former one left is in nobody's hands.
    routes_.reconcile(turn());
    for (const auto& [link, facts] : links_.all()) reconcile(facts.name);
    settle_devices();
    return;
  }
  std::map<std::string, Duration> needs;  // by sync group; of none: what it needs itself
  for (const auto& [name, members] : groups_) needs[name] = heir_needs(members);
  for (auto& [name, instance] : instances_) {
    tell(instance, Shutdown{needs[instance.config.sync_group]});
  }
  settle_devices();
  report_counters();
}

bool VrrpCore::finished() const {
  const auto holds = [](const auto& instance) { return instance.router.holds_addresses(); };
  return stopping_ && std::none_of(leaving_.begin(), leaving_.end(), holds) &&
         std::none_of(instances_.begin(), instances_.end(),
                      [&](const auto& entry) { return holds(entry.second); });
}

}  // namespace holdfast::vrrp
