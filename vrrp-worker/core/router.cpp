// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/router.h"

#include <algorithm>
#include <utility>

#include "common/core/overloaded.h"
#include "common/core/result.h"
#include "vrrp-worker/core/intervals.h"

namespace holdfast::vrrp {

RouterActions Router::handle(const RouterEvent& event, Time now) {
  switch (state_) {
    case VrrpState::kInitialize:
    case VrrpState::kFault:
      return in_initialize(event, now);
    case VrrpState::kBackup:
      return in_backup(event, now);
    case VrrpState::kActive:
      return in_active(event, now);
  }
  HF_CHECK(false);  // no other state is ever assigned
  return {};
}

// ---- RFC 9568 §6.4.1 Initialize

RouterActions Router::in_initialize(const RouterEvent& event, Time now) {
  return std::visit(Overloaded{
                        [&](const Startup&) {
                          RouterActions actions = end_hand_over();
                          for (RouterAction& action : startup(now))
                            actions.push_back(std::move(action));
                          return actions;
                        },
                        [&](const Resume& resumed) { return resume(resumed, now); },
                        [&](const Fault& fault) {
                          RouterActions actions = end_hand_over();
                          if (state_ == VrrpState::kFault && reason_ == fault.reason)
                            return actions;
                          actions.push_back(change_state(VrrpState::kFault, fault.reason, now));
                          return actions;
                        },
                        [&](const AdvertReceived& advert) {
                          // The heir is heard: from here on the addresses answer there.
                          return advert.priority == kPriorityRelease ? RouterActions{}
                                                                     : end_hand_over();
                        },
                        [&](const Tick&) {
                          // Nobody took over in the time that an heir would have needed.
                          return deadline_ && now >= *deadline_ ? end_hand_over() : RouterActions{};
                        },
                        [&](const ConfigChanged& changed) {
                          config_ = changed.config;
                          return RouterActions{};
                        },
                        [&](const HandOver&) { return RouterActions{}; },
                    },
                    event);
}

RouterActions Router::startup(Time now) {
  if (config_.priority == kPriorityOwner) {
    RouterActions actions = enter_active(now);
    actions.push_back(change_state(VrrpState::kActive, reason::address_owner(), now));
    return actions;
  }
  enter_backup(config_.advert_interval, now);
  return {change_state(VrrpState::kBackup, reason::started(), now)};
}

// Not in the RFC: a crashed process goes on where it was, without a change of state.
RouterActions Router::resume(const Resume& event, Time now) {
  if (event.last.state == VrrpState::kActive) {
    return resume_active(event.last, now - event.last_alive, now);
  }
  if (event.last.state != VrrpState::kBackup || config_.priority == kPriorityOwner) {
    return startup(now);
  }
  enter_backup(config_.advert_interval, now);
  state_ = VrrpState::kBackup;
  since_ = event.last.since;
  reason_ = event.last.reason;
  return {};
}

RouterActions Router::resume_active(const RouterState& last, Duration silence, Time now) {
  state_ = VrrpState::kActive;
  since_ = last.since;
  reason_ = last.reason;
  // A peer waits for three intervals from our last advert, which may be one interval older than
  // the last sign of life: for two intervals nobody can have taken over. Nobody may from an owner.
  if (silence < 2 * config_.advert_interval || config_.priority == kPriorityOwner) {
    return enter_active(now);
  }
  RouterActions actions = leave_active(VrrpState::kBackup, now);
  enter_backup(config_.advert_interval, now);
  actions.push_back(change_state(VrrpState::kBackup, reason::restarted_late(silence), now));
  return actions;
}

// Not in the RFC: after a planned hand-over the addresses answer until the heir does.
RouterActions Router::end_hand_over() {
  if (!std::exchange(handing_over_, false)) return {};
  deadline_.reset();
  return {RemoveAddresses{}};
}

// ---- RFC 9568 §6.4.2 Backup

RouterActions Router::in_backup(const RouterEvent& event, Time now) {
  return std::visit(
      Overloaded{
          [&](const HandOver&) {
            deadline_.reset();
            return RouterActions{change_state(VrrpState::kInitialize, reason::handed_over(), now)};
          },
          [&](const Fault& fault) {
            deadline_.reset();
            return RouterActions{change_state(VrrpState::kFault, fault.reason, now)};
          },
          [&](const Tick&) {
            if (now < *deadline_) return RouterActions{};
            RouterActions actions = enter_active(now);
            actions.push_back(
                change_state(VrrpState::kActive,
                             reason::took_over(last_advert_, config_.priority, since_, now), now));
            return actions;
          },
          [&](const AdvertReceived& advert) { return backup_heard(advert, now); },
          [&](const ConfigChanged& changed) { return reconfigure_backup(changed.config, now); },
          [&](const Startup&) { return RouterActions{}; },
          [&](const Resume&) { return RouterActions{}; },
      },
      event);
}

RouterActions Router::backup_heard(const AdvertReceived& advert, Time now) {
  last_advert_ = reason::LastAdvert{advert.priority, advert.source, now};
  if (advert.priority == kPriorityRelease) {
    deadline_ = now + skew_time(config_.version, config_.priority, active_adver_interval_);
    return {};
  }
  const bool lower = advert.priority < config_.priority;
  if (!lower) preempt_gate_.reset();
  // The owner of the addresses preempts whatever Preempt_Mode says (§6.1).
  const bool preempt = config_.preempt || config_.priority == kPriorityOwner;
  if (lower && preempt && preempt_gate_.open(config_.preempt_delay, now)) {
    return {};  // Discarded, so that Active_Down_Timer runs out.
  }
  if (config_.version == VrrpVersion::k3) active_adver_interval_ = advert.interval;
  deadline_ = now + own_active_down_interval();
  return {};
}

RouterActions Router::reconfigure_backup(const RouterConfig& config, Time now) {
  const Duration old_length = own_active_down_interval();
  if (config.advert_interval != config_.advert_interval) {
    active_adver_interval_ = config.advert_interval;
  }
  config_ = config;
  if (config_.priority == kPriorityOwner) {
    RouterActions actions = enter_active(now);
    actions.push_back(change_state(VrrpState::kActive, reason::address_owner(), now));
    return actions;
  }
  // The timer keeps the moment from which it counts; its length follows priority and interval.
  deadline_ = *deadline_ + (own_active_down_interval() - old_length);
  return {};
}

// ---- RFC 9568 §6.4.3 Active

RouterActions Router::in_active(const RouterEvent& event, Time now) {
  return std::visit(
      Overloaded{
          [&](const HandOver&) {
            RouterActions actions = leave_active(VrrpState::kInitialize, now);
            actions.push_back(change_state(VrrpState::kInitialize, reason::handed_over(), now));
            return actions;
          },
          [&](const Fault& fault) {
            RouterActions actions = leave_active(VrrpState::kFault, now);
            actions.push_back(change_state(VrrpState::kFault, fault.reason, now));
            return actions;
          },
          [&](const Tick&) {
            if (now < *deadline_) return RouterActions{};
            // Counted from when it was due, so that adverts do not drift; after a pause from now.
            deadline_ = *deadline_ + config_.advert_interval;
            if (*deadline_ <= now) deadline_ = now + config_.advert_interval;
            return RouterActions{SendAdvert{config_.priority}};
          },
          [&](const AdvertReceived& advert) { return active_heard(advert, now); },
          [&](const ConfigChanged& changed) {
            config_ = changed.config;
            deadline_ = std::min(*deadline_, now + config_.advert_interval);
            return RouterActions{};
          },
          [&](const Startup&) { return RouterActions{}; },
          [&](const Resume&) { return RouterActions{}; },
      },
      event);
}

RouterActions Router::active_heard(const AdvertReceived& advert, Time now) {
  if (advert.priority == kPriorityRelease) {
    deadline_ = now + config_.advert_interval;
    return {SendAdvert{config_.priority}};
  }
  if (advert.priority > config_.priority ||
      (advert.priority == config_.priority && advert.source > config_.primary_address)) {
    RouterActions actions = leave_active(VrrpState::kBackup, now);
    enter_backup(config_.version == VrrpVersion::k3 ? advert.interval : config_.advert_interval,
                 now);
    last_advert_ = reason::LastAdvert{advert.priority, advert.source, now};
    actions.push_back(
        change_state(VrrpState::kBackup,
                     reason::outranked(advert.source, advert.priority, config_.priority), now));
    return actions;
  }
  // The sender loses. RFC 9568 asserts itself at once, RFC 3768 discards; the neighbours' caches
  // may hold the loser's address in either.
  if (config_.version == VrrpVersion::k2) return {Announce{}};
  return {SendAdvert{config_.priority}, Announce{}};
}

// ---- In and out

RouterActions Router::enter_active(Time now) {
  deadline_ = now + config_.advert_interval;
  return {SendAdvert{config_.priority}, AddAddresses{}, Announce{}};
}

RouterActions Router::leave_active(VrrpState to, Time now) {
  deadline_.reset();
  RouterActions actions;
  // Towards Backup a better router is active already: it needs no word from us.
  if (to != VrrpState::kBackup) actions.emplace_back(SendAdvert{kPriorityRelease});
  if (to == VrrpState::kInitialize) {
    // An heir of any priority has taken over after its Skew_Time, which is under an interval.
    handing_over_ = true;
    deadline_ = now + config_.advert_interval +
                skew_time(config_.version, config_.priority, config_.advert_interval);
  } else {
    actions.emplace_back(RemoveAddresses{});
  }
  return actions;
}

void Router::enter_backup(Duration active_adver_interval, Time now) {
  active_adver_interval_ = active_adver_interval;
  last_advert_.reset();
  preempt_gate_.reset();
  deadline_ = now + own_active_down_interval();
}

StateChanged Router::change_state(VrrpState to, std::string reason, Time now) {
  StateChanged change{state_, to, std::move(reason)};
  state_ = to;
  since_ = now;
  reason_ = change.reason;
  return change;
}

Duration Router::own_active_down_interval() const {
  return active_down_interval(config_.version, config_.priority, active_adver_interval_);
}

}  // namespace holdfast::vrrp
