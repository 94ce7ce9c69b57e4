// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/address_lifetime.h"
#include "vrrp-worker/core/announcer.h"
#include "vrrp-worker/core/authenticator.h"
#include "vrrp-worker/core/link_delay.h"
#include "vrrp-worker/core/peer_table.h"
#include "vrrp-worker/core/router.h"
#include "vrrp-worker/core/tracking.h"
#include "vrrp-worker/core/vrrp_actions.h"
#include "vrrp-worker/core/witness_gate.h"

namespace holdfast::vrrp {

// The kernel would not take an address: the instance is in fault until another attempt.
struct Refusal {
  std::string reason;
  Duration pause;             // before that attempt
  std::optional<Time> until;  // nothing: it was made, and has not failed yet
};

// The last advert that was sent, as it is on the wire, and what it was made of but for the
// configuration: nearly each says what the one before it said.
struct SaidLast {
  Priority priority;
  IpAddress source;
  IpAddress destination;
  Payload message;  // without a signature
  bool fits(Priority now, const IpAddress& from, const IpAddress& to) const {
    return priority == now && source == from && destination == to;
  }
};

// One entry of `vrrp.instances`, as configured and as it is.
struct Instance {
  explicit Instance(InstanceConfig configuration)
      : router(RouterConfig{}), config(std::move(configuration)) {
    counters.router = config.name;
  }

  RouterConfig router_config() const {
    return {config.version,           standing.priority,    config.advert_interval,
            config.preempt,           config.preempt_delay, config.down_timer_adverts,
            standing.primary_address, !gate.releases()};
  }
  RouterState state() const {
    return {config.name,    router.state(),  standing.priority,
            router.since(), router.reason(), bounded(standing.moved_by),
            conflicts,      router.cause(),  unheld()};
  }
  // Whether state() is what the supervisor knows, as it is after nearly every advert.
  bool is_as_reported() const {
    return reported && reported->state == router.state() &&
           reported->priority == standing.priority && reported->since == router.since() &&
           reported->conflicts == conflicts && reported->cause == router.cause() &&
           reported->unheld == unheld() && reported->reason == router.reason() &&
           (reported->moved_by == standing.moved_by ||
            reported->moved_by == bounded(standing.moved_by));
  }
  std::optional<std::uint32_t> unheld() const {
    const std::optional<Duration> unheld = router.unheld();
    if (!unheld) return std::nullopt;
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();  // over an hour
    return static_cast<std::uint32_t>(std::min<std::int64_t>(unheld->count(), kMost));
  }
  // Told of an advert that has not ended this router's rule. True for the first of a conflict, in
  // which another called itself master too: not for the last word of one it has just taken over
  // from, nor for more adverts of the same loser.
  bool wins_conflict(Time now) {
    if (router.state() != VrrpState::kActive) return false;
    const Duration interval = config.advert_interval;
    if (now - router.since() < interval) return false;
    const bool more_of_it = contested && now - *contested < 4 * interval;
    contested = now;
    if (!more_of_it) ++conflicts;
    return !more_of_it;
  }
  std::optional<Time> deadline() const {
    std::optional<Time> first = waits ? router.lets_go_at() : router.deadline();
    const auto consider = [&first](const std::optional<Time>& other) {
      if (other && (!first || *other < *first)) first = other;
    };
    consider(announcer.deadline());
    if (refusal) consider(refusal->until);
    consider(peers.deadline());
    consider(others_yield_at);
    consider(renew_at);
    consider(gate_due);
    consider(challenge_at);
    for (const auto& [interface, delay] : delays) consider(delay.deadline());
    return first;
  }

  // Null: it is in no sync group, or has left it.
  const std::vector<Instance*>* group() const { return leaving ? nullptr : members; }

  // What each advert touches stands together, and first: of a thousand instances no cache holds
  // more.
  std::uint64_t number = 0;                   // its own as long as it is there
  std::optional<Time> scheduled;              // its place in the core's agenda
  std::vector<Instance*>* members = nullptr;  // of its sync group, with itself
  bool leaving = false;                       // no longer configured, still hands over
  bool started = false;
  // Its Active_Down_Timer ran out, but not everybody's of its group, or it has no lease.
  bool waits = false;
  bool counters_changed = false;
  std::optional<Time> others_yield_at;  // since it is backup, in its sync group
  std::optional<Time> renew_at;         // its addresses, before its next advert
  std::optional<Time> gate_due;         // when its gate may say otherwise
  std::optional<Time> challenge_at;     // it would preempt, and says so
  AddressLifetime lifetime;
  std::optional<Time> renewed_at;   // its addresses, since it holds them
  std::optional<Time> ended_at;     // found out that the kernel had taken them away
  std::optional<Time> lasts_until;  // its addresses in the kernel, as bounded by its lease
  Router router;
  PeerTable peers;
  Announcer announcer;
  std::map<std::string, LinkDelay> delays;  // by interface; of those tracked with a delay
  std::optional<Refusal> refusal;
  std::optional<Authenticator> authenticator;  // if it has keys
  WitnessGate gate;
  std::optional<SaidLast> said;
  Standing standing;  // as its own surroundings and those of its sync group have it
  AdvertCounters counters;

  InstanceConfig config;
  Standing own_standing;       // without those of its sync group
  std::optional<bool> wished;  // for its lease
  bool warned_of_password = false;
  std::uint64_t skewed = 0;             // adverts in a row of a sender whose clock is far off
  std::uint64_t other_intervals = 0;    // adverts of another interval than ours
  std::optional<Time> contested;        // the last advert of such a loser
  std::uint32_t conflicts = 0;          // won
  std::optional<RouterState> reported;  // what the supervisor knows
};

}  // namespace holdfast::vrrp
