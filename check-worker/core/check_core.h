// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "check-worker/core/agenda.h"
#include "check-worker/core/flap_guard.h"
#include "check-worker/core/history.h"
#include "check-worker/core/load_watch.h"
#include "check-worker/core/shared_target.h"
#include "check-worker/core/slow_start.h"
#include "check-worker/core/target.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "names/core/resolver.h"

namespace holdfast::check {

// ---- What happens to a check-worker.

struct ProbeFinished {
  std::string check;
  std::uint64_t attempt = 0;  // of the StartProbe; an older one is ignored
  bool good = false;
  std::string reason;                    // "connected in 0.4 ms", "connection refused"
  std::optional<std::uint8_t> weight{};  // 0..100 percent that the target asks for
};
// What it means that the timeout passed without an answer: told before the Wake, of a probe that
// overdue() named. Without it, it is bad.
struct ProbeSilent {
  std::string check;
  std::uint64_t attempt = 0;
  bool good = false;
  std::string reason;  // "no answer", which is told as "no answer within 1 s"
};
struct ProbeNotMade {  // for a lack of this node's own: it says nothing about the target
  std::string check;
  std::uint64_t attempt = 0;
  std::string reason;  // "too many open files"
};
struct Begin {  // everything retained was told
};
struct Wake {};  // deadline() has come

using CheckEvent =
    std::variant<Config, CheckState, CheckLoad, Observation, Begin, ProbeFinished, ProbeSilent,
                 ProbeNotMade, NameChanged, ServerSuspicion, RouterState, Wake>;

// ---- What it does, in order.

struct StartProbe {
  std::string check;
  std::uint64_t attempt = 0;
  SharedTarget target;  // none that is watched; it has an address
  ConnectConfig connect{};
  bool operator==(const StartProbe&) const = default;
};
struct CancelProbe {  // timed out, or no longer wanted: no ProbeFinished follows
  std::string check;
  bool operator==(const CancelProbe&) const = default;
};
struct Report {  // to the supervisor: CheckState, CheckCounters, CheckLoad
  Message message;
  bool operator==(const Report&) const = default;
};

using CheckAction = std::variant<StartProbe, CancelProbe, Report, LogLine>;
using CheckActions = std::vector<CheckAction>;

// From the begin of one attempt to that of the next while its server is suspect.
Duration quick_interval(const CheckConfig& config);

// All checks of a node: configuration and results in; probes and reports out. Retained states are
// told before Begin; they stand until there is new evidence. Before Begin nothing is done.
//
// A check has a cadence of its own: a probe begins every interval, counted from a first start that
// its name spreads; sooner, and beside the cadence, while a change is pending and to repeat a bad
// probe that does not count yet. A timeout found more than a whole timeout late is no evidence,
// since this process, perhaps the machine, did not run: the probe is repeated.
//
// One that flaps is held down for a time (FlapGuard), and then comes up by the results that it has
// had meanwhile. One that has come back is given its weight step by step (SlowStart).
//
// What is watched has no probes and no cadence: an Observation counts when it comes, or when it has
// stood for the delay that the check asks for.
//
// Silence that is good (UDP) is no proof that nobody refuses: hosts limit their ICMP errors. See
// check_core_refused.cpp.
//
// One of servers whose virtual servers are all suspended, since their addresses are another node's,
// is not made: what is known stands, and it is made at once when an address becomes ours.
//
// Whether checks begin when they are due is judged (LoadWatch) and told: a processor that does not
// manage them all leaves some out, of each as many as of the others, and no check would ever say
// so.
//
// Only so many probes that take a descriptor are under way at once; what is due then waits in a
// queue.
class CheckCore {
 public:
  explicit CheckCore(std::size_t sockets_max = std::numeric_limits<std::size_t>::max())
      : sockets_max_(sockets_max) {}

  CheckActions handle(const CheckEvent& event, Time now);
  // Actions that are done: their room is for those to come.
  void take_back(CheckActions done);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

  // The checks whose probe a Wake at `now` would time out. An answer may lie unread behind a loop
  // that was busy: look for it before the Wake.
  std::vector<std::string> overdue(Time now) const;

  // What was seen of the checks whose names come after this one, as much as a message holds.
  CheckDetails details_after(const std::string& name) const;

  // Null: there is no such check.
  std::shared_ptr<const CheckConfig> config_of(const std::string& name) const;

  // Whom to ask, now: with the address of a host that is known by name. An error: there is none.
  Result<SharedTarget> target_of(const std::shared_ptr<const CheckConfig>& config) const;

  std::set<HostName> hosts() const;  // that the checks ask by name

 private:
  struct Probe {
    std::uint64_t attempt = 0;
    Time started{};
    Duration timeout{};
    Time deadline{};
  };
  struct Check;
  using Due =
      Agenda<std::pair<const std::string, Check>>;  // the entries of a map stay where they are

  // Of a configuration, what each attempt looks at.
  struct Terms {
    Terms() = default;
    explicit Terms(const CheckConfig& config);

    Duration interval{};
    Duration timeout{};
    bool watched = false;
    bool by_name = false;         // a host is asked that has to be looked up
    bool takes_a_socket = false;  // pings share one, and scripts are the supervisor's
  };

  // What each attempt touches comes first, and stands together: of ten thousand checks none is in a
  // cache when its turn comes.
  struct Check {
    std::shared_ptr<const CheckConfig> config;
    Terms terms;  // of it
    Target target;
    std::optional<Probe> probe;       // at most one at a time
    Time slot{};                      // of the cadence: the next to come
    Time ended{};                     // the probe before: at its deadline at the latest
    Time next_start{};                // the slot, or sooner to repeat a probe that does not count
    std::optional<Time> planned;      // when it stands in the agenda,
    Due::Place place{};               // and where
    std::optional<Time> held_until;   // down
    std::optional<Time> weighs_more;  // the next step of a slow start
    std::optional<Time> settles;      // when what is seen counts, if it goes on
    std::optional<Time> hindered;     // then an attempt could not be made; none has answered since
    Time hastened_until{};
    bool waits = false;          // in the queue
    bool suspended = false;      // no probe begins
    std::uint8_t weight = 100;   // of the last good result: what it has, unless it starts slowly
    std::uint32_t silences = 0;  // that must still prove that nobody refuses what is sent
    std::uint32_t retried = 0;   // bad probes in a row that did not count
    std::optional<SlowStart> slow;
    std::optional<Time> counted;     // when the counters were told last
    std::optional<CheckState> said;  // the last report
    History history;
    std::optional<Observation> seen;  // of what is watched
    std::string hastened;             // why it is asked more often, for a time; empty: it is not
    FlapGuard flaps;
  };
  using Checks = std::map<std::string, Check>;
  // Who has a probe, by attempt. The next has the highest number, and those that end are among the
  // first: so it is a row.
  using UnderWay = std::deque<std::pair<std::uint64_t, Checks::value_type*>>;

  // A host that checks ask by name. One that was not looked up yet has no address.
  struct Host {
    NameState state{{}, false, "the host has not been looked up yet"};
    std::set<std::string> checks;
  };

  // A host's limit of ICMP errors, which all checks of its address share.
  struct Refusals {
    Time last{};  // error, or other sign that it refuses
    Time turn{};  // when the last of those who ask in turn may
  };

  // A line that may be due for every check at once is written once in a while.
  struct Throttle {
    std::optional<Time> last;
    std::uint64_t held_back = 0;
  };

  void configure(const Config& config);
  static void adopt(Check& check, const CheckConfig& config);
  void reconfigure(Checks::value_type& entry, const CheckConfig& config);
  void spread(const std::vector<Checks::value_type*>& entries);
  // The first time after now that is whole intervals away from `slot`.
  Time slot_after(Time slot, Duration interval) const {
    return slot > now_ ? slot : slot + interval * ((now_ - slot) / interval + 1);
  }
  void restore(const CheckState& state);
  void begin();
  void finished(const ProbeFinished& event);
  void silent(const ProbeSilent& event);
  void not_made(const ProbeNotMade& event);
  void wake();

  void refused(Checks::value_type& entry);
  bool proves_nothing(Checks::value_type& entry, Time asked);
  void ask_in_turn(Checks::value_type& entry, Time after);

  void index_servers(const Config& config);
  void suspected(const ServerSuspicion& event);
  void index_suspension(const Config& config);
  bool is_suspended(const std::string& name) const;
  void router_changed(const RouterState& state);
  void suspend_or_resume();
  void hasten(Checks::value_type& entry, const ServerSuspicion& why);
  bool is_hastened(const Check& check) const;
  void index_hosts();
  void name_changed(const NameChanged& event);
  bool lacks_address(Checks::value_type& entry);
  void observe(const Observation& seen);
  void consider(Checks::value_type& entry);
  void settle(Checks::value_type& entry);

  void start(Checks::value_type& entry);
  bool must_wait(Checks::value_type& entry);
  void let_go(Checks::value_type& entry);
  void start_who_wait();
  void time_up(Checks::value_type& entry, bool good, const std::string& reason);
  void cancel(Checks::value_type& entry);
  void count(Checks::value_type& entry, Time started, const ProbeFinished& result);
  void change(Checks::value_type& entry, const std::string& reason, const std::string& note);
  void hold_if_it_flaps(Checks::value_type& entry, std::string& reason);
  void release(Checks::value_type& entry);
  void weigh(Checks::value_type& entry, const std::string& reason, LogLevel level);
  std::uint8_t weight_of(const Check& check) const;
  std::string slow_words(const Check& check) const;
  void say(Checks::value_type& entry, const CheckState& state);
  void presume(Checks::value_type& entry);
  void tell_counters(Checks::value_type& entry);
  void measure(const Check& check, Time due);
  void tell_load(bool turned);
  CheckLoad load() const;
  void see_if_idle();
  CheckDetail detail_of(const Checks::value_type& entry) const;
  UnderWay::iterator find_under_way(std::uint64_t attempt);
  Checks::value_type* awaiting(const std::string& check, std::uint64_t attempt);
  void plan(Checks::value_type& entry);

  void log(LogLevel level, std::string text) {
    actions_.emplace_back(LogLine{level, std::move(text)});
  }
  void warn(Throttle& throttle, std::string text);

  // Of the event in hand.
  Time now_{};
  CheckActions actions_;

  std::size_t sockets_max_;
  std::size_t sockets_ = 0;        // of the probes under way
  std::deque<std::string> queue_;  // names of checks, some of which may have gone
  Checks checks_;
  std::map<HostName, Host> hosts_;
  std::map<IpAddress, Refusals> refusals_;
  std::map<std::string, std::vector<std::string>> servers_;  // of virtual servers: their checks
  // Of checks that may be suspended: the instances of which one has to be MASTER.
  std::map<std::string, std::set<std::string>> suspended_by_;
  std::set<std::string> masters_;                      // instances that are
  std::map<std::string, ServerSuspicion> suspicions_;  // of servers, before Begin
  Due agenda_;                                         // after Begin: every check with a next time
  UnderWay under_way_;
  std::uint64_t attempts_ = 0;
  LoadWatch load_;
  std::optional<Time> load_told_;
  Throttle late_;
  Throttle not_made_;
  Throttle full_;
  Throttle nameless_;
  bool begun_ = false;
  bool counts_ = false;  // there is who counts
};

}  // namespace holdfast::check
