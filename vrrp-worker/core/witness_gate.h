// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::vrrp {

// What this node knows of its witness.
struct WitnessView {
  std::optional<WitnessState> state;  // nothing: it has said nothing yet
  Duration ttl{};                     // of a lease
};

// What the witness has to say when a virtual router would become active, or stays so: a veto beside
// the state machine of RFC 9568, which knows nothing of it. Only what an instance is configured for
// and the witness's own words count, and how old they are: who does not hear of it for too long
// decides by itself, though the process that asks may be dead.
class WitnessGate {
 public:
  // With every configuration. `when_unreachable`: nothing, there is no witness.
  void configure(std::optional<WhenUnreachable> when_unreachable, Time now) {
    if (when_unreachable && !when_unreachable_) asked_since_ = now;
    if (!when_unreachable) lease_.reset();
    when_unreachable_ = when_unreachable;
  }
  // Before anything else: the process begins.
  void begin(Time now) { asked_since_ = now; }
  void hear(const LeaseState& lease) { lease_ = lease; }

  bool is_there() const { return when_unreachable_.has_value(); }
  bool releases() const { return when_unreachable_ == WhenUnreachable::kRelease; }

  // One that is to become active. Where the witness is not reached, and that does not matter, it
  // gets the time of a lease to answer again: who holds the addresses may be well.
  bool may_take_over(const WitnessView& view, Time now) const {
    if (!is_there() || held(view, now)) return true;
    return !releases() && now >= known_until(view) + view.ttl;
  }

  // One that is active. It may have become so before it had a witness, which needs time to answer.
  bool may_stay(const WitnessView& view, Time now) const {
    if (!is_there() || held(view, now)) return true;
    if (!lease_ && now < asked_since_ + view.ttl) return true;
    return !releases() && now >= known_until(view);
  }

  // Another node is known to hold it: the witness is well.
  bool is_anothers(const WitnessView& view, Time now) const {
    return is_there() && lease_ && !lease_->held && !lease_->holder.empty() &&
           now < known_until(view);
  }

  // When an answer may change though nobody says anything.
  std::optional<Time> deadline(const WitnessView& view, Time now) const {
    if (!is_there()) return std::nullopt;
    std::optional<Time> first;
    for (const Time one :
         {known_until(view), known_until(view) + view.ttl, asked_since_ + view.ttl}) {
      if (one > now && (!first || one < *first)) first = one;
    }
    return first;
  }

  // How long what is held now may be held at most, if nothing more is heard; nothing: for ever.
  std::optional<Time> ends(const WitnessView& view) const {
    return releases() && lease_ && lease_->held ? std::optional{known_until(view)} : std::nullopt;
  }

  std::string why_not(const WitnessView& view, Time now) const {
    if (now >= known_until(view)) {
      const bool said = view.state && !view.state->trouble.empty();
      return "witness: its lease is over, and the witness is not reached" +
             (said ? ": " + view.state->trouble : std::string());
    }
    if (!lease_ || lease_->holder.empty()) return "witness: it has no lease";
    return "witness: " + lease_->holder + " holds the lease";
  }

 private:
  Time known_until(const WitnessView& view) const {
    return view.state ? view.state->until : asked_since_ + view.ttl;
  }
  bool held(const WitnessView& view, Time now) const {
    return lease_ && lease_->held && view.state && now < view.state->until;
  }

  std::optional<WhenUnreachable> when_unreachable_;
  Time asked_since_{};  // since it has a witness
  std::optional<LeaseState> lease_;
};

}  // namespace holdfast::vrrp
