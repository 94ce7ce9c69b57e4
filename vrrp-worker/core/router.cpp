// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/router.h"

#include <algorithm>
#include <utility>

#include "common/core/result.h"
#include "vrrp-worker/core/intervals.h"

namespace holdfast::vrrp {

RouterActions Router::handle(const RouterEvent& event, Time now) {
  RouterActions actions;
  if (lets_go_at_ && *lets_go_at_ <= now) actions = let_go();
  if (const auto* advert = std::get_if<AdvertReceived>(&event);
      advert != nullptr && lets_go_at_ && is_of_heir(*advert, now)) {
    lets_go_at_ = std::min(*lets_go_at_, now + kHeirAnnounces);
  }
  for (RouterAction& action : in_state(event, now)) actions.push_back(std::move(action));
  return actions;
}

RouterActions Router::in_state(const RouterEvent& event, Time now) {
  return std::visit(
      [&](const auto& occurred) -> RouterActions {
        switch (state_) {
          case VrrpState::kInitialize:
          case VrrpState::kFault:
            return initialize(occurred, now);
          case VrrpState::kBackup:
            return backup(occurred, now);
          case VrrpState::kActive:
            return active(occurred, now);
        }
        HF_CHECK(false);  // no other state is ever assigned
        return {};
      },
      event);
}

// ---- RFC 9568 §6.4.1 Initialize

RouterActions Router::initialize(const Startup& startup, Time now) {
  RouterActions actions = let_go();
  for (RouterAction& action : start(now)) actions.push_back(std::move(action));
  if (startup.at_once && state_ == VrrpState::kBackup) {
    deadline_ =
        now + active_down_interval(config_.version, config_.priority, active_adver_interval_, 1);
  }
  return actions;
}

RouterActions Router::start(Time now) {
  if (config_.priority == kPriorityOwner) {
    RouterActions actions = enter_active(now);
    actions.emplace_back(
        change_state(VrrpState::kActive, Cause::kStart, reason::address_owner(), now));
    return actions;
  }
  enter_backup(config_.advert_interval, now);
  return {change_state(VrrpState::kBackup, Cause::kStart, reason::started(), now)};
}

RouterActions Router::initialize(const Fault& fault, Time now) {
  RouterActions actions = let_go();
  if (state_ == VrrpState::kFault && reason_ == fault.reason) return actions;
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

RouterActions Router::initialize(const ConfigChanged& changed, Time) {
  config_ = changed.config;
  return {};
}

// Not in the RFC: a crashed process goes on where it was, without a change of state.
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

void Router::go_on(const RouterState& last) {
  since_ = last.since;
  reason_ = last.reason;
  cause_ = last.cause;
  unheld_.reset();
  if (last.unheld) unheld_ = Duration{*last.unheld};
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

bool Router::outranks_us(const AdvertReceived& advert) const {
  return advert.priority > config_.priority ||
         (advert.priority == config_.priority && advert.source > config_.primary_address);
}

// Not in the RFC: who was stopped for longer than a peer waits, and hears one, was succeeded. It
// takes part in an election anew, which without Preempt_Mode the other one has won.
bool Router::was_succeeded(Time now) const {
  return !config_.preempt && config_.priority != kPriorityOwner &&
         now - *deadline_ >= std::max(config_.down_timer_adverts - 1, 1) * config_.advert_interval;
}

// An heir that we outrank has waited for its Skew_Time. What comes much sooner was said by one that
// lost to us, before it heard that we let go.
bool Router::is_of_heir(const AdvertReceived& advert, Time now) const {
  if (advert.priority == kPriorityRelease) return false;
  const Duration skew = skew_time(config_.version, advert.priority, config_.advert_interval);
  return outranks_us(advert) || now - released_at_ >= skew / 2;
}

// Not in the RFC: whoever is no longer active answers until its heir does.
RouterActions Router::let_go() {
  if (!std::exchange(lets_go_at_, std::nullopt)) return {};
  return {RemoveAddresses{}};
}

// ---- RFC 9568 §6.4.2 Backup

RouterActions Router::backup(const HandOver&, Time now) {
  deadline_.reset();
  return {change_state(VrrpState::kInitialize, Cause::kHandOver, reason::handed_over(), now)};
}

RouterActions Router::backup(const Fault& fault, Time now) {
  deadline_.reset();
  RouterActions actions = let_go();
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

RouterActions Router::backup(const Tick& tick, Time now) {
  if (now < *deadline_ || !tick.may_take_over) return {};
  std::string reason = reason::took_over(last_advert_, config_.priority, since_, now);
  const Cause cause = cause_of_take_over(now);
  RouterActions actions = enter_active(now);
  actions.emplace_back(change_state(VrrpState::kActive, cause, std::move(reason), now));
  // Without an advert there may never have been another: at the start of all nodes, say.
  if (cause != Cause::kPreempt && last_advert_) unheld_ = now - last_advert_->at;
  return actions;
}

Cause Router::cause_of_take_over(Time now) const {
  if (!last_advert_) return Cause::kNoAdvert;
  if (last_advert_->priority == kPriorityRelease) return Cause::kReleased;
  return reason::preempts(*last_advert_, config_.priority, now) ? Cause::kPreempt
                                                                : Cause::kNoAdvert;
}

RouterActions Router::backup(const AdvertReceived& advert, Time now) {
  const Time came = now - advert.age;
  last_advert_ = reason::LastAdvert{advert.priority, advert.source, advert.interval, came};
  if (advert.priority == kPriorityRelease) {
    deadline_ = came + skew_time(config_.version, config_.priority, active_adver_interval_);
    return {};
  }
  const bool lower = advert.priority < config_.priority;
  if (!lower) preempt_gate_.reset();
  if (lower && config_.preempt && preempt_gate_.open(config_.preempt_delay, now)) {
    return {};  // Discarded, so that Active_Down_Timer runs out.
  }
  if (config_.version == VrrpVersion::k3) active_adver_interval_ = advert.interval;
  deadline_ = came + own_active_down_interval();
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
    deadline_ = now + own_active_down_interval();
    return {};
  }
  // The timer keeps the moment from which it counts; its length follows the priority.
  deadline_ = *deadline_ + (own_active_down_interval() - old_length);
  return {};
}

// ---- RFC 9568 §6.4.3 Active

RouterActions Router::active(const HandOver& leaving, Time now) {
  RouterActions actions = leave_active(VrrpState::kInitialize, now, leaving.heir_needs);
  actions.emplace_back(
      change_state(VrrpState::kInitialize, Cause::kHandOver, reason::handed_over(), now));
  return actions;
}

RouterActions Router::active(const Fault& fault, Time now) {
  RouterActions actions = leave_active(VrrpState::kFault, now);
  actions.emplace_back(change_state(VrrpState::kFault, Cause::kFault, fault.reason, now));
  return actions;
}

RouterActions Router::active(const Tick&, Time now) {
  if (now < *deadline_) return {};
  // Counted from when it was due, so that adverts do not drift; after a pause from now.
  deadline_ = *deadline_ + config_.advert_interval;
  if (*deadline_ <= now) deadline_ = now + config_.advert_interval;
  return {SendAdvert{config_.priority}};
}

RouterActions Router::active(const AdvertReceived& advert, Time now) {
  if (advert.priority == kPriorityRelease) {
    deadline_ = now + config_.advert_interval;
    // Who lets go was active beside us: neighbours may take it for the holder.
    return {SendAdvert{config_.priority}, Announce{}};
  }
  if (outranks_us(advert) || was_succeeded(now)) {
    const bool adopt = config_.version == VrrpVersion::k3;
    const Cause cause = outranks_us(advert) ? Cause::kOutranked : Cause::kAway;
    std::string reason = outranks_us(advert)
                             ? reason::outranked(advert.source, advert.priority, config_.priority)
                             : reason::succeeded(advert.source, now - *deadline_);
    RouterActions actions = leave_active(VrrpState::kBackup, now);
    // Not in the RFC: a last word. Both were active, but the other may have heard nothing of us
    // until now; it announces the addresses anew if it does, and neighbours forget us.
    // From one that was succeeded it would take the rule away again.
    if (outranks_us(advert)) actions.emplace_back(SendAdvert{config_.priority});
    enter_backup(adopt ? advert.interval : config_.advert_interval, now);
    last_advert_ = reason::LastAdvert{advert.priority, advert.source, advert.interval, now};
    actions.emplace_back(change_state(VrrpState::kBackup, cause, std::move(reason), now));
    return actions;
  }
  // The sender loses. RFC 9568 asserts itself at once, RFC 3768 discards; the neighbours' caches
  // may hold the loser's address in either.
  if (config_.version == VrrpVersion::k2) return {Announce{}};
  return {SendAdvert{config_.priority}, Announce{}};
}

// Not in the RFC: the members of a sync group are active together or not at all.
RouterActions Router::active(const Yield& yield, Time now) {
  RouterActions actions = leave_active(yield.at_once ? VrrpState::kFault : VrrpState::kInitialize,
                                       now, yield.heir_needs);
  enter_backup(config_.advert_interval, now);
  deadline_ = *deadline_ + yield.patience;
  actions.emplace_back(change_state(VrrpState::kBackup, Cause::kGroup, yield.reason, now));
  return actions;
}

RouterActions Router::active(const ConfigChanged& changed, Time now) {
  config_ = changed.config;
  deadline_ = std::min(*deadline_, now + config_.advert_interval);
  return {};
}

// ---- In and out

RouterActions Router::enter_active(Time now) {
  lets_go_at_.reset();
  deadline_ = now + config_.advert_interval;
  return {SendAdvert{config_.priority}, AddAddresses{}, Announce{}};
}

RouterActions Router::leave_active(VrrpState to, Time now, Duration heir_needs) {
  deadline_.reset();
  RouterActions actions;
  switch (to) {
    case VrrpState::kBackup:  // A better router is active already: it needs no word from us.
      if (!config_.overlaps) {
        actions.emplace_back(RemoveAddresses{});
      } else {
        lets_go_at_ = now + kHeirAnnounces;
      }
      break;
    case VrrpState::kInitialize:
      actions.emplace_back(SendAdvert{kPriorityRelease});
      if (!config_.overlaps) {
        actions.emplace_back(RemoveAddresses{});
        break;
      }
      released_at_ = now;
      lets_go_at_ = now + std::max(heir_needs, hand_over_time(config_.version, config_.priority,
                                                              config_.advert_interval));
      break;
    case VrrpState::kFault:
    case VrrpState::kActive:
      actions.emplace_back(SendAdvert{kPriorityRelease});
      actions.emplace_back(RemoveAddresses{});
      break;
  }
  return actions;
}

void Router::enter_backup(Duration active_adver_interval, Time now) {
  active_adver_interval_ = active_adver_interval;
  last_advert_.reset();
  preempt_gate_.reset();
  deadline_ = now + own_active_down_interval();
}

StateChanged Router::change_state(VrrpState to, Cause cause, std::string reason, Time now) {
  StateChanged change{state_, to, std::move(reason)};
  state_ = to;
  since_ = now;
  reason_ = change.reason;
  cause_ = cause;
  unheld_.reset();
  return change;
}

Duration Router::own_active_down_interval() const {
  return active_down_interval(config_.version, config_.priority, active_adver_interval_,
                              config_.down_timer_adverts);
}

}  // namespace holdfast::vrrp
