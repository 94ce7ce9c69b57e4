// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <variant>

#include "common/core/messages.h"
#include "common/core/result.h"
#include "config/config.h"

namespace holdfast::supervisor {

// How far a life of a worker has come.
enum class Stage : std::uint8_t {
  kDown,
  kSpawned,  // its Hello is awaited
  kGreeted,  // it was told everything; its first Configured is awaited
  kRunning,
  kStopping,  // it was told to shut down
  kForeign,   // of another build, whose supervisor we replaced: what it says is not heard
};

template <typename E>
class SetOf {
 public:
  constexpr SetOf(std::initializer_list<E> members) {
    for (const E member : members) bits_ |= bit(member);
  }
  constexpr bool contains(E member) const { return (bits_ & bit(member)) != 0; }

 private:
  static constexpr unsigned bit(E member) { return 1U << static_cast<unsigned>(member); }

  unsigned bits_ = 0;
};

template <typename T, std::size_t I = 0>
constexpr std::size_t type_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, Message::variant>>) {
    return I;
  } else {
    return type_of<T, I + 1>();
  }
}
template <typename T>
inline constexpr std::size_t kType = type_of<T>();

// What a message speaks of. Its subject must be in the configuration.
enum class Subject : std::uint8_t {
  kNone,
  kRouter,
  kRouterOrNone,
  kCheck,
  kScript,       // a check by a script
  kWatched,      // a check of a file or of processes
  kMarked,       // a check that marks its packets
  kService,      // a virtual server
  kServer,       // a server of one
  kAlertPlace,   // a place in the queue of alerts
  kAlertScript,  // a receiver of alerts that is a script
  kReceiver,     // a receiver of alerts
  kLeased,       // a router with a lease of the witness
  kWitness,      // the witness, which has no name
  kChecks,       // all checks, likewise
};

enum class Keep : std::uint8_t {
  kNot,
  kShown,  // the last one of each subject is retained, for the status
  kTold,   // and told to its sender's next life
};

struct Rule {
  std::size_t type = 0;  // index in Message
  SetOf<Role> from;
  SetOf<Stage> in;
  Subject subject{};
  SetOf<Role> copied_to;
  Keep keep{};
};

inline constexpr SetOf<Role> kNobody{};
inline constexpr SetOf<Role> kAny{Role::kVrrp,    Role::kCheck, Role::kBalance,
                                  Role::kMonitor, Role::kAlert, Role::kWitness};
inline constexpr SetOf<Role> kVrrp{Role::kVrrp};
inline constexpr SetOf<Role> kCheck{Role::kCheck};
inline constexpr SetOf<Role> kBalance{Role::kBalance};
inline constexpr SetOf<Role> kMonitor{Role::kMonitor};
inline constexpr SetOf<Role> kAlert{Role::kAlert};
inline constexpr SetOf<Role> kWitness{Role::kWitness};
inline constexpr SetOf<Role> kWitnessToo{Role::kWitness, Role::kMonitor};
inline constexpr SetOf<Role> kVrrpAndMonitor{Role::kVrrp, Role::kMonitor};
inline constexpr SetOf<Role> kCheckOrAlert{Role::kCheck, Role::kAlert};
// With the monitor-worker, which is told all that is kept, and the alert-worker, which is told what
// may be worth an alert.
inline constexpr SetOf<Role> kWatchers{Role::kMonitor, Role::kAlert};
inline constexpr SetOf<Role> kVrrpToo{Role::kVrrp, Role::kMonitor, Role::kAlert};
inline constexpr SetOf<Role> kCheckToo{Role::kCheck, Role::kMonitor};
inline constexpr SetOf<Role> kBalanceToo{Role::kBalance, Role::kMonitor};
inline constexpr SetOf<Role> kCheckAndBalanceToo{Role::kCheck, Role::kBalance, Role::kMonitor,
                                                 Role::kAlert};
inline constexpr SetOf<Role> kVrrpAndBalanceToo{Role::kVrrp, Role::kBalance, Role::kMonitor,
                                                Role::kAlert};
inline constexpr SetOf<Stage> kNever{};
inline constexpr SetOf<Stage> kFirst{Stage::kSpawned};
inline constexpr SetOf<Stage> kTalking{Stage::kGreeted, Stage::kRunning, Stage::kStopping};
inline constexpr SetOf<Stage> kAlive{Stage::kSpawned, Stage::kGreeted, Stage::kRunning,
                                     Stage::kStopping};
inline constexpr SetOf<Stage> kActing{Stage::kRunning, Stage::kStopping};

// The whole policy between processes: who may say what and when, who gets a copy, what is kept.
// What is not in it ends its sender: so a Secret, which goes to the worker that needs it alone and
// is kept nowhere, what carries a socket and what the monitor-worker is told of the supervisor are
// nobody's to say. No worker may pass a descriptor; sizes are the codec's.
// clang-format off
inline constexpr std::array kMessageTable{
    //   message                from      while      about                   copied to    kept
    Rule{kType<Hello>,          kAny,     kFirst,    Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<Configured>,     kAny,     kTalking,  Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<Heartbeat>,      kAny,     kTalking,  Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<RouterState>,    kVrrp,    kActing,   Subject::kRouter,       kCheckAndBalanceToo,
                                                                             Keep::kTold},
    Rule{kType<AdvertCounters>, kVrrp,    kActing,   Subject::kRouterOrNone, kMonitor,    Keep::kShown},
    Rule{kType<Peers>,          kVrrp,    kActing,   Subject::kRouter,       kMonitor,    Keep::kShown},
    Rule{kType<CheckState>,     kCheck,   kActing,   Subject::kCheck,        kVrrpAndBalanceToo,
                                                                             Keep::kTold},
    Rule{kType<CheckCounters>,  kCheck,   kActing,   Subject::kCheck,        kMonitor,    Keep::kShown},
    Rule{kType<CheckLoad>,      kCheck,   kActing,   Subject::kChecks,       kWatchers,   Keep::kTold},
    Rule{kType<RunScript>,      kCheck,   kActing,   Subject::kScript,       kNobody,     Keep::kNot},
    Rule{kType<AskSocket>,      kCheck,   kActing,   Subject::kMarked,       kNobody,     Keep::kNot},
    Rule{kType<ServiceState>,   kBalance, kActing,   Subject::kService,      kVrrpToo,    Keep::kTold},
    Rule{kType<ServerState>,    kBalance, kActing,   Subject::kServer,       kWatchers,   Keep::kTold},
    Rule{kType<ServerCounters>, kBalance, kActing,   Subject::kServer,       kMonitor,    Keep::kShown},
    Rule{kType<TableFilled>,    kBalance, kActing,   Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<ServerSuspicion>, kBalance, kActing,  Subject::kServer,       kCheckToo,   Keep::kTold},
    // Only what was asked for; see Inquiries.
    Rule{kType<CheckDetails>,   kCheck,   kActing,   Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<CheckRun>,       kCheckOrAlert, kActing,   Subject::kNone,         kNobody,     Keep::kNot},
    Rule{kType<Forbidden>,      kAny,     kAlive,    Subject::kNone,         kNobody,     Keep::kNot},
    // What waits to be told, for the next life.
    Rule{kType<QueuedAlert>,    kAlert,   kActing,   Subject::kAlertPlace,   kNobody,     Keep::kTold},
    Rule{kType<AlertScript>,    kAlert,   kActing,   Subject::kAlertScript,  kNobody,     Keep::kNot},
    Rule{kType<ReceiverState>,  kAlert,   kActing,   Subject::kReceiver,     kMonitor,    Keep::kTold},
    Rule{kType<LeaseWish>,      kVrrp,    kActing,   Subject::kLeased,       kWitnessToo, Keep::kShown},
    Rule{kType<WitnessState>,   kWitness, kActing,   Subject::kWitness,      kVrrpAndMonitor,
                                                                             Keep::kTold},
    Rule{kType<LeaseState>,     kWitness, kActing,   Subject::kLeased,       kVrrpAndMonitor,
                                                                             Keep::kTold},
    // The supervisor's own words, kept and told as if a worker had said them.
    Rule{kType<Observation>,    kNobody,  kNever,    Subject::kWatched,      kCheck,      Keep::kTold},
    Rule{kType<ServerOrder>,    kNobody,  kNever,    Subject::kServer,       kBalanceToo, Keep::kTold},
};
// clang-format on

const Rule* rule_of(std::size_t type);        // of an index in Message; null: no worker may send it
const Rule* rule_of(const Message& message);  // the same

// The rule that allows a worker this message now, or why none does. Leaves the subject to Subjects.
Result<Rule> admit(Role from, Stage stage, const Message& message, bool descriptor);

// What a configuration has of which messages may speak: it is asked for every one of them.
class Subjects {
 public:
  Subjects() = default;
  explicit Subjects(const Config& config);

  bool has(Subject subject, std::string_view name) const;

  // The socket for a check that marks its packets; nothing: there is none such.
  std::optional<MarkedSocket> socket_of(const AskSocket& asked) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  // Looked up for every message; of a tree ten thousand names that begin alike take far longer.
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;

  Names routers_;
  Names checks_;
  Names scripts_;  // of the checks
  Names watched_;
  std::map<std::string, MarkedSocket, std::less<>> marked_;  // of the checks, what each may have
  Names services_;
  Names servers_;
  Names receivers_;           // of alerts
  Names alert_scripts_;       // of those
  std::uint32_t alerts_ = 0;  // places of the queue
  Names leased_;              // routers with a lease
};

}  // namespace holdfast::supervisor
