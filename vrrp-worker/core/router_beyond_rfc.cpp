// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "vrrp-worker/core/intervals.h"
#include "vrrp-worker/core/router.h"

// What a router does that RFC 9568 does not know: faults, sync groups and leases, reloads, a crash
// or a pause of its process, and a hand-over that nobody notices.
namespace holdfast::vrrp {

// ---- Fault: Initialize with a reason

RouterActions Router::initialize(const Fault& fault, Time now) {
  RouterActions actions = let_go();
  if (state_ == VrrpState::kFault && reason_ == fault.reason) return actions;
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

RouterActions Router::backup(const Fault& fault, Time now) {
  active_down_timer_.reset();
  RouterActions actions = let_go();
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

RouterActions Router::active(const Fault& fault, Time now) {
  RouterActions actions = leave_active(Leaving::kAtOnce, now);
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

// ---- Yield: the members of a sync group are active together or not at all, and nobody without the
// lease that it needs

RouterActions Router::active(const Yield& yield, Time now) {
  RouterActions actions =
      leave_active(yield.at_once ? Leaving::kAtOnce : Leaving::kHandingOver, now, yield.heir_needs);
  enter_backup(config_.advert_interval, now);
  active_down_timer_ = *active_down_timer_ + yield.patience;
  actions.emplace_back(change_state(VrrpState::kBackup, Cause::kGroup, yield.reason, now));
  return actions;
}

// ---- A reload, and whatever moves the priority

RouterActions Router::initialize(const ConfigChanged& changed, Time) {
  config_ = changed.config;
  return {};
}

RouterActions Router::backup(const ConfigChanged& changed, Time now) {
  const Duration old_length = own_active_down_interval();
  const bool new_interval = changed.config.advert_interval != config_.advert_interval;
  config_ = changed.config;
  if (config_.priority == kPriorityOwner) return start(now);
  // Once heard, the active router sets Active_Adver_Interval; in VRRPv2 it is always our own.
  if (new_interval && (!last_advert_ || config_.version == VrrpVersion::k2)) {
    active_adver_interval_ = config_.advert_interval;
    active_down_timer_ = now + own_active_down_interval();
    return {};
  }
  // The timer keeps the moment from which it counts; its length follows the priority.
  active_down_timer_ = *active_down_timer_ + (own_active_down_interval() - old_length);
  return {};
}

RouterActions Router::active(const ConfigChanged& changed, Time now) {
  config_ = changed.config;
  adver_timer_ = std::min(*adver_timer_, now + config_.advert_interval);
  return {};
}

// ---- A crash: the next process goes on where it was, without a change of state

RouterActions Router::initialize(const Resume& resumed, Time now) {
  if (lets_go_at_) return initialize(Startup{}, now);  // nothing has crashed
  const RouterState& last = resumed.last;
  if (last.state == VrrpState::kActive) return resume_active(last, now - resumed.last_alive, now);
  if (last.state != VrrpState::kBackup || config_.priority == kPriorityOwner) return start(now);
  enter_backup(config_.advert_interval, now);
  state_ = VrrpState::kBackup;
  go_on(last);
  return {};
}

RouterActions Router::resume_active(const RouterState& last, Duration silence, Time now) {
  state_ = VrrpState::kActive;
  go_on(last);
  // Nobody may take over from an owner.
  if (silence < nobody_took_over_interval(config_.advert_interval, config_.down_timer_adverts) ||
      config_.priority == kPriorityOwner) {
    return enter_active(now);
  }
  enter_backup(config_.advert_interval, now);
  return {RemoveAddresses{},
          change_state(VrrpState::kBackup, Cause::kAway, reason::restarted_late(silence), now)};
}

void Router::go_on(const RouterState& last) {
  since_ = last.since;
  reason_ = last.reason;
  cause_ = last.cause;
  unheld_.reset();
  if (last.unheld) unheld_ = Duration{*last.unheld};
}

// ---- A pause: who was stopped for longer than a peer waits, and hears one, was succeeded

// It takes part in an election anew, which without Preempt_Mode the other one has won.
bool Router::was_succeeded(Time now) const {
  return !config_.preempt && config_.priority != kPriorityOwner &&
         now - *adver_timer_ >=
             std::max(config_.down_timer_adverts - 1, 1) * config_.advert_interval;
}

// Without a last word: of a higher priority, it would take the rule away again.
RouterActions Router::obey_successor(const AdvertReceived& successor, Time now) {
  std::string reason = reason::succeeded(successor.source, now - *adver_timer_);
  RouterActions actions = leave_active(Leaving::kToABetterOne, now);
  enter_backup_of(successor, now);
  actions.emplace_back(change_state(VrrpState::kBackup, Cause::kAway, std::move(reason), now));
  return actions;
}

// ---- Whoever is no longer active answers until its heir does

// An heir that we outrank has waited for its Skew_Time. What comes much sooner was said by one that
// lost to us, before it heard that we let go.
void Router::hear_heir(const AdvertReceived& advert, Time now) {
  if (!lets_go_at_ || advert.priority == kPriorityRelease) return;
  const Duration skew = skew_time(config_.version, advert.priority, config_.advert_interval);
  if (!outranks_us(advert) && now - released_at_ < skew / 2) return;
  lets_go_at_ = std::min(*lets_go_at_, now + kHeirAnnounces);
}

RouterActions Router::let_go() {
  if (!std::exchange(lets_go_at_, std::nullopt)) return {};
  return {RemoveAddresses{}};
}

}  // namespace holdfast::vrrp
