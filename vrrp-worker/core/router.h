// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/preempt_gate.h"
#include "vrrp-worker/core/reason.h"

namespace holdfast::vrrp {

// The state machine of one virtual router: RFC 9568 §6.4 as a value. It knows neither addresses
// nor interfaces nor packets; its surroundings say what happened and do what it answers, in order.
struct RouterConfig {
  VrrpVersion version = VrrpVersion::k3;
  Priority priority;  // effective: what tracking made of the configured one
  Duration advert_interval = std::chrono::seconds{1};  // Advertisement_Interval
  bool preempt = true;                                 // Preempt_Mode
  Duration preempt_delay{0};   // how long a lower-priority active router is suffered first
  int down_timer_adverts = 3;  // so many adverts are missed before a backup takes over
  IpAddress primary_address;   // the interface's own: breaks ties of priority
  bool overlaps =
      true;  // its addresses go on answering until the heir is heard, or could have been
  bool operator==(const RouterConfig&) const = default;
};

// ---- The events of RFC 9568 §6.4.

struct Startup {
  bool at_once = false;  // a backup waits for one advert only, not for several to be missed
};
struct Shutdown {          // a hand-over: a stop, maintenance, a reload
  Duration heir_needs{0};  // at least: so long the slowest member of its sync group takes
};
struct AdvertReceived {  // from another router of this VRID, past all checks of §7.1
  Priority priority;
  Duration interval;  // Max Advertise Interval
  IpAddress source;
  Duration age{0};  // it came so long before it was read: Active_Down_Timer counts from there
};
struct Tick {                 // deadline() has come: a timer fires
  bool may_take_over = true;  // else its sync group is not ready: a backup waits for another Tick
};

// ---- The events that the RFC does not know.

struct Fault {  // what the router needs is gone; ended by Startup
  std::string reason;
};
struct Yield {  // lets a peer be the active router, for its sync group, or for want of a lease
  std::string reason;
  Duration patience{0};    // how much longer than usual it waits before it takes over again
  Duration heir_needs{0};  // as of Shutdown
  bool at_once = false;    // its addresses do not go on answering
};
struct ConfigChanged {
  RouterConfig config;
};
struct Resume {  // instead of Startup: a previous life of this process left off here
  RouterState last;
  Time last_alive;
};
using RouterEvent =
    std::variant<Startup, Shutdown, AdvertReceived, Tick, Fault, Yield, ConfigChanged, Resume>;

// ---- Actions, to be done in order.

struct SendAdvert {
  Priority priority;
  bool operator==(const SendAdvert&) const = default;
};
struct AddAddresses {
  bool operator==(const AddAddresses&) const = default;
};
struct RemoveAddresses {
  bool operator==(const RemoveAddresses&) const = default;
};
struct Announce {  // gratuitous ARP, unsolicited neighbour advertisements
  bool operator==(const Announce&) const = default;
};
struct StateChanged {
  VrrpState from{};
  VrrpState to{};
  std::string reason;
  bool operator==(const StateChanged&) const = default;
};
using RouterAction =
    std::variant<SendAdvert, AddAddresses, RemoveAddresses, Announce, StateChanged>;
using RouterActions = std::vector<RouterAction>;

// Same value, same event, same `now`: same actions, same next value. router.cpp is §6.4 in its
// order; what the RFC does not know is in router_beyond_rfc.cpp. Where it departs from the RFC's
// text:
//  - Shutdown keeps the addresses answering until the heir is heard, or could have been, unless the
//    configuration says otherwise.
//  - Whoever hears an heir goes on answering for kHeirAnnounces: until neighbours know the heir.
//  - Startup may be at once: keepalived's initial state MASTER.
//  - Resume goes on as the active router after a crash, if no peer can have taken over yet.
//  - Who was stopped for longer than a peer waits, and does not preempt, obeys whom it hears then.
//  - Whoever loses an election sends one more advert, so that the winner knows of the conflict.
//  - Fault is Initialize with a reason, kept until Startup.
class Router {
 public:
  explicit Router(const RouterConfig& config) : config_(config) {}

  RouterActions handle(const RouterEvent& event, Time now);

  // How long an heir needs from its advert to its gratuitous ARP, with some to spare: keepalived
  // was seen to take 10 ms.
  static constexpr Duration kHeirAnnounces = std::chrono::milliseconds{20};

  // When handle(Tick{}, now) must be called next.
  std::optional<Time> deadline() const {
    const std::optional<Time>& timer = adver_timer_ ? adver_timer_ : active_down_timer_;
    if (!timer || !lets_go_at_) return timer ? timer : lets_go_at_;
    return std::min(*timer, *lets_go_at_);
  }

  // When a router that is active no more lets go of its addresses; nothing: it has.
  std::optional<Time> lets_go_at() const { return lets_go_at_; }

  const RouterConfig& config() const { return config_; }
  VrrpState state() const { return state_; }
  Time since() const { return since_; }
  const std::string& reason() const { return reason_; }
  Cause cause() const { return cause_; }
  // Of an active router that took over since another fell silent or let go: how long before that
  // its last word of it was.
  std::optional<Duration> unheld() const { return unheld_; }
  // A backup that a Tick makes the active router.
  bool takes_over_at(Time now) const { return active_down_timer_ && *active_down_timer_ <= now; }
  // A backup that obeys an active router: it has heard one that it does not preempt.
  bool obeys() const {
    return state_ == VrrpState::kBackup && last_advert_ &&
           last_advert_->priority != kPriorityRelease &&
           (last_advert_->priority >= config_.priority || !config_.preempt);
  }
  // A backup that a Tick makes the active router though it hears one, of lower priority.
  bool preempts(Time now) const {
    return takes_over_at(now) && config_.preempt && last_advert_ &&
           last_advert_->priority != kPriorityRelease &&
           last_advert_->priority < config_.priority &&
           now - last_advert_->at <= config_.down_timer_adverts * last_advert_->interval;
  }
  // Of a backup: the last router that it heard.
  std::optional<IpAddress> last_heard() const {
    return last_advert_ ? std::optional{last_advert_->source} : std::nullopt;
  }
  // The addresses are to be in the kernel: the active router, and one that lets go of them soon.
  bool holds_addresses() const { return state_ == VrrpState::kActive || lets_go_at_.has_value(); }

  bool operator==(const Router&) const = default;

 private:
  // §6.4.1 Initialize
  RouterActions initialize(const Startup& startup, Time now);
  RouterActions initialize(const Shutdown&, Time) { return {}; }
  RouterActions initialize(const Tick&, Time) { return {}; }
  RouterActions initialize(const AdvertReceived&, Time) { return {}; }
  RouterActions initialize(const Fault& fault, Time now);
  RouterActions initialize(const Yield&, Time) { return {}; }
  RouterActions initialize(const ConfigChanged& changed, Time now);
  RouterActions initialize(const Resume& resumed, Time now);

  // §6.4.2 Backup
  RouterActions backup(const Startup&, Time) { return {}; }
  RouterActions backup(const Shutdown&, Time now);
  RouterActions backup(const Tick& tick, Time now);
  RouterActions backup(const AdvertReceived& advert, Time now);
  RouterActions backup(const Fault& fault, Time now);
  RouterActions backup(const Yield&, Time) { return {}; }
  RouterActions backup(const ConfigChanged& changed, Time now);
  RouterActions backup(const Resume&, Time) { return {}; }

  // §6.4.3 Active
  RouterActions active(const Startup&, Time) { return {}; }
  RouterActions active(const Shutdown& leaving, Time now);
  RouterActions active(const Tick&, Time now);
  RouterActions active(const AdvertReceived& advert, Time now);
  RouterActions active(const Fault& fault, Time now);
  RouterActions active(const Yield& yield, Time now);
  RouterActions active(const ConfigChanged& changed, Time now);
  RouterActions active(const Resume&, Time) { return {}; }

  RouterActions in_state(const RouterEvent& event, Time now);
  RouterActions start(Time now);
  bool outranks_us(const AdvertReceived& advert) const;
  Cause cause_of_take_over(Time now) const;

  // The only ways in and out of the active state, so that no path forgets the addresses.
  enum class Leaving : std::uint8_t {
    kToABetterOne,  // which is active already, and needs no word from us
    kHandingOver,   // to an heir that is to come: it is told, and answered for until then
    kAtOnce,        // it is told, and the addresses are gone
  };
  RouterActions enter_active(Time now);
  RouterActions leave_active(Leaving how, Time now, Duration heir_needs = {});
  void enter_backup(Duration active_adver_interval, Time now);
  void enter_backup_of(const AdvertReceived& advert, Time now);

  StateChanged change_state(VrrpState to, Cause cause, std::string reason, Time now);
  Duration own_skew_time() const;
  Duration own_active_down_interval() const;

  // Not in the RFC (router_beyond_rfc.cpp).
  void go_on(const RouterState& last);
  RouterActions resume_active(const RouterState& last, Duration silence, Time now);
  bool was_succeeded(Time now) const;
  RouterActions obey_successor(const AdvertReceived& successor, Time now);
  void hear_heir(const AdvertReceived& advert, Time now);
  RouterActions let_go();

  RouterConfig config_;
  VrrpState state_ = VrrpState::kInitialize;
  std::optional<Time> adver_timer_;        // when it fires; set exactly while active
  std::optional<Time> active_down_timer_;  // the same, of a backup
  std::optional<Time> lets_go_at_;         // no longer active, but the addresses answer until then
  Duration active_adver_interval_{0};
  std::optional<reason::LastAdvert> last_advert_;  // since this router became backup
  PreemptGate preempt_gate_;
  Time released_at_{};  // when priority 0 was sent, while it hands over
  Time since_{};
  std::string reason_;
  Cause cause_{};
  std::optional<Duration> unheld_;
};

}  // namespace holdfast::vrrp
