// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/router.h"

#include <utility>

#include "common/core/result.h"
#include "vrrp-worker/core/intervals.h"

// RFC 9568 §6.4, state by state and event by event in its order. Where RFC 3768 (VRRPv2) differs,
// it says so.
namespace holdfast::vrrp {

RouterActions Router::handle(const RouterEvent& event, Time now) {
  if (!lets_go_at_) return in_state(event, now);
  RouterActions actions;
  if (*lets_go_at_ <= now) actions = let_go();
  const auto* const advert = lets_go_at_ ? std::get_if<AdvertReceived>(&event) : nullptr;
  if (advert != nullptr) hear_heir(*advert, now);
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

// ---- §6.4.1 Initialize

// Startup.
RouterActions Router::initialize(const Startup& startup, Time now) {
  RouterActions actions = let_go();
  for (RouterAction& action : start(now)) actions.push_back(std::move(action));
  if (startup.at_once && state_ == VrrpState::kBackup) {  // Not in the RFC.
    active_down_timer_ =
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

// ---- §6.4.2 Backup

// Shutdown.
RouterActions Router::backup(const Shutdown&, Time now) {
  active_down_timer_.reset();
  return {change_state(VrrpState::kInitialize, Cause::kHandOver, reason::handed_over(), now)};
}

// Active_Down_Timer fires.
RouterActions Router::backup(const Tick& tick, Time now) {
  if (now < *active_down_timer_ || !tick.may_take_over) return {};
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

// An advert: of priority 0, obeyed, or discarded.
RouterActions Router::backup(const AdvertReceived& advert, Time now) {
  const Time came = now - advert.age;
  last_advert_ = reason::LastAdvert{advert.priority, advert.source, advert.interval, came};
  if (advert.priority == kPriorityRelease) {
    active_down_timer_ = came + own_skew_time();
    return {};
  }
  const bool lower = advert.priority < config_.priority;
  if (!lower) preempt_gate_.reset();
  const bool preempts = lower && config_.preempt && preempt_gate_.open(config_.preempt_delay, now);
  if (!preempts) {
    // RFC 3768 knows no interval but our own.
    if (config_.version == VrrpVersion::k3) active_adver_interval_ = advert.interval;
    active_down_timer_ = came + own_active_down_interval();
  }
  // Else discarded, so that Active_Down_Timer runs out.
  return {};
}

// ---- §6.4.3 Active

// Shutdown.
RouterActions Router::active(const Shutdown& leaving, Time now) {
  RouterActions actions = leave_active(Leaving::kHandingOver, now, leaving.heir_needs);
  actions.emplace_back(
      change_state(VrrpState::kInitialize, Cause::kHandOver, reason::handed_over(), now));
  return actions;
}

// Adver_Timer fires.
RouterActions Router::active(const Tick&, Time now) {
  if (now < *adver_timer_) return {};
  // Counted from when it was due, so that adverts do not drift; after a pause from now.
  adver_timer_ = *adver_timer_ + config_.advert_interval;
  if (*adver_timer_ <= now) adver_timer_ = now + config_.advert_interval;
  return {SendAdvert{config_.priority}};
}

// An advert: of priority 0, of a better router, or of one that loses.
RouterActions Router::active(const AdvertReceived& advert, Time now) {
  if (advert.priority == kPriorityRelease) {
    adver_timer_ = now + config_.advert_interval;
    // Who lets go was active beside us: neighbours may take it for the holder.
    return {SendAdvert{config_.priority}, Announce{}};
  }
  if (outranks_us(advert)) {
    RouterActions actions = leave_active(Leaving::kToABetterOne, now);
    // Not in the RFC: a last word. Both were active, but the other may have heard nothing of us
    // until now; it announces the addresses anew if it does, and neighbours forget us.
    actions.emplace_back(SendAdvert{config_.priority});
    enter_backup_of(advert, now);
    actions.emplace_back(
        change_state(VrrpState::kBackup, Cause::kOutranked,
                     reason::outranked(advert.source, advert.priority, config_.priority), now));
    return actions;
  }
  if (was_succeeded(now)) return obey_successor(advert, now);
  // It loses: RFC 9568 asserts itself at once, RFC 3768 discards. Not in either: the neighbours'
  // caches may hold the loser's address.
  if (config_.version == VrrpVersion::k2) return {Announce{}};
  return {SendAdvert{config_.priority}, Announce{}};
}

bool Router::outranks_us(const AdvertReceived& advert) const {
  return advert.priority > config_.priority ||
         (advert.priority == config_.priority && advert.source > config_.primary_address);
}

// ---- In and out

RouterActions Router::enter_active(Time now) {
  lets_go_at_.reset();
  active_down_timer_.reset();
  adver_timer_ = now + config_.advert_interval;
  return {SendAdvert{config_.priority}, AddAddresses{}, Announce{}};
}

RouterActions Router::leave_active(Leaving how, Time now, Duration heir_needs) {
  adver_timer_.reset();
  RouterActions actions;
  if (how != Leaving::kToABetterOne) actions.emplace_back(SendAdvert{kPriorityRelease});
  if (how == Leaving::kAtOnce || !config_.overlaps) {
    actions.emplace_back(RemoveAddresses{});
  } else if (how == Leaving::kToABetterOne) {
    lets_go_at_ = now + kHeirAnnounces;
  } else {
    released_at_ = now;
    lets_go_at_ = now + std::max(heir_needs, hand_over_time(config_.version, config_.priority,
                                                            config_.advert_interval));
  }
  return actions;
}

void Router::enter_backup(Duration active_adver_interval, Time now) {
  active_adver_interval_ = active_adver_interval;
  last_advert_.reset();
  preempt_gate_.reset();
  active_down_timer_ = now + own_active_down_interval();
}

void Router::enter_backup_of(const AdvertReceived& advert, Time now) {
  const bool v3 = config_.version == VrrpVersion::k3;
  enter_backup(v3 ? advert.interval : config_.advert_interval, now);
  last_advert_ = reason::LastAdvert{advert.priority, advert.source, advert.interval, now};
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

// ---- §6.1, of our own priority

Duration Router::own_skew_time() const {
  return skew_time(config_.version, config_.priority, active_adver_interval_);
}

Duration Router::own_active_down_interval() const {
  return active_down_interval(config_.version, config_.priority, active_adver_interval_,
                              config_.down_timer_adverts);
}

}  // namespace holdfast::vrrp
