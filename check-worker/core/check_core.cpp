// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/check_core.h"

#include <algorithm>
#include <string_view>

#include "common/core/overloaded.h"
#include "common/core/result.h"
#include "common/core/words.h"

namespace holdfast::check {
namespace {

// The first starts of n checks are spread over n times this, or over the interval if that is less:
// one check is known at once, ten thousand do not begin together.
constexpr Duration kSpreadPerCheck = std::chrono::milliseconds{5};

// After a pause everything is due at once. What is begun in one turn must neither hold up the loop
// nor begin so late that its timeout is cut short.
constexpr int kStartsPerWake = 64;

// Where checks begin closer together than that, those of a few milliseconds begin in one turn of
// the loop, which saves waking up for each: so many that it is worth it, and no burst.
constexpr Duration tick_of(Duration gap) {
  using std::chrono::milliseconds;
  if (gap >= kSpreadPerCheck) return Duration{1};
  return gap >= milliseconds{1} ? milliseconds{16} : milliseconds{4};
}

// A neighbour is asked for three times, a second apart.
constexpr Duration kSettling = std::chrono::seconds{3};

constexpr Duration kThrottle = std::chrono::seconds{10};

// FNV-1a: the same on every machine and in every life.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  return value;
}

}  // namespace

Duration quick_interval(const CheckConfig& config) {
  constexpr Duration kShortest = std::chrono::milliseconds{10};
  if (config.fast_interval) return *config.fast_interval;
  return std::min(config.interval, std::max(config.interval / 4, kShortest));
}

CheckActions CheckCore::handle(const CheckEvent& event, Time now) {
  now_ = now;
  actions_.clear();
  std::visit(Overloaded{
                 [this](const Config& config) { configure(config); },
                 [this](const CheckState& state) { restore(state); },
                 [this](const CheckLoad& load) {
                   if (!begun_ && load.late) load_.restore(load.since);
                 },
                 [this](const Observation& seen) { observe(seen); },
                 [this](const Begin&) { begin(); },
                 [this](const ProbeFinished& result) { finished(result); },
                 [this](const ProbeSilent& result) { silent(result); },
                 [this](const ProbeNotMade& result) { not_made(result); },
                 [this](const NameChanged& name) { name_changed(name); },
                 [this](const ServerSuspicion& one) { suspected(one); },
                 [this](const RouterState& state) { router_changed(state); },
                 [this](const Wake&) { wake(); },
             },
             event);
  start_who_wait();
  return std::exchange(actions_, {});
}

void CheckCore::take_back(CheckActions done) {
  done.clear();
  actions_ = std::move(done);
}

std::optional<Time> CheckCore::deadline() const {
  if (agenda_.empty()) return std::nullopt;
  return agenda_.next();
}

std::vector<std::string> CheckCore::overdue(Time now) const {
  std::vector<std::string> names;
  agenda_.for_each_until(now, [&](const Checks::value_type& entry) {
    const std::optional<Probe>& probe = entry.second.probe;
    if (probe && probe->deadline <= now) names.push_back(entry.first);
  });
  return names;
}

// ---- Configuration and state.

void CheckCore::configure(const Config& config) {
  counts_ = !config.monitoring.listen.empty();
  std::set<std::string_view> wanted;
  for (const CheckConfig& check : config.checks) wanted.insert(check.name);
  for (auto it = checks_.begin(); it != checks_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    cancel(*it);
    if (it->second.planned) agenda_.remove(it->second.place);
    it = checks_.erase(it);
  }
  std::vector<Checks::value_type*> fresh;
  for (const CheckConfig& check : config.checks) {
    HF_CHECK(check.interval > Duration{0} && check.timeout > Duration{0});
    const auto [found, inserted] = checks_.try_emplace(check.name);
    Checks::value_type& entry = *found;
    if (!inserted && entry.second.config->target == check.target) {
      reconfigure(entry, check);
      continue;
    }
    cancel(entry);
    adopt(entry.second, check);
    entry.second.target = Target(check.rise, check.fall);
    entry.second.weight = 100;
    entry.second.flaps = FlapGuard();
    entry.second.held_until.reset();
    entry.second.hastened.clear();
    entry.second.hindered.reset();
    entry.second.slow.reset();
    entry.second.weighs_more.reset();
    entry.second.seen.reset();
    entry.second.said.reset();
    entry.second.settles.reset();
    entry.second.retried = 0;
    entry.second.silences = 0;
    entry.second.history = History();
    fresh.push_back(&entry);
  }
  index_hosts();
  index_servers(config);
  index_suspension(config);
  for (Checks::value_type* const entry : fresh) {
    entry->second.suspended = is_suspended(entry->first);
  }
  suspend_or_resume();
  spread(fresh);
  see_if_idle();
}

CheckCore::Terms::Terms(const CheckConfig& config)
    : interval(config.interval),
      timeout(config.timeout),
      watched(is_watched(config.target)),
      by_name(host_name_of(config.target).has_value()),
      takes_a_socket(endpoint_of(config.target) &&
                     !std::holds_alternative<PingCheck>(config.target)) {}

void CheckCore::adopt(Check& check, const CheckConfig& config) {
  check.config = std::make_shared<const CheckConfig>(config);
  check.terms = Terms(config);
}

// The target is the same: what is known of it still holds, and a probe under way goes on.
void CheckCore::reconfigure(Checks::value_type& entry, const CheckConfig& config) {
  Check& check = entry.second;
  if (*check.config == config) return;
  const Duration interval_before = check.terms.interval;
  adopt(check, config);
  check.target.set_thresholds(config.rise, config.fall);
  if (!begun_ || is_watched(config.target)) return;
  if (check.held_until && !config.hold_down) release(entry);
  // A longer interval holds after the start that is planned.
  check.slot = std::min(check.slot, slot_after(check.slot - interval_before, config.interval));
  check.next_start = std::min(check.next_start, check.slot);
  plan(entry);
}

void CheckCore::spread(const std::vector<Checks::value_type*>& entries) {
  if (!begun_) return;
  const Duration all = kSpreadPerCheck * static_cast<std::int64_t>(entries.size());
  for (Checks::value_type* entry : entries) {
    Check& check = entry->second;
    if (is_watched(check.config->target)) {
      plan(*entry);
      continue;
    }
    presume(*entry);
    const Duration spread =
        check.config->start_spread.value_or(std::min(check.config->interval, all));
    const auto window = static_cast<std::uint64_t>(std::max(spread, Duration{1}).count());
    check.slot = now_ + Duration{static_cast<std::int64_t>(hash(entry->first) % window)};
    const Duration tick = tick_of(spread / static_cast<std::int64_t>(entries.size()));
    check.slot = std::max(now_, check.slot - check.slot.time_since_epoch() % tick);
    check.next_start = check.slot;
    plan(*entry);
  }
}

void CheckCore::restore(const CheckState& state) {
  const auto found = checks_.find(state.check);
  // After Begin our own word is the newer one.
  if (begun_ || found == checks_.end()) return;
  Check& check = found->second;
  check.target.restore(state.up, state.since);
  check.said = state;
  if (!state.up) refused(*found);
  if (check.config->hold_down && !state.up && state.held_until && *state.held_until > now_) {
    check.held_until = state.held_until;
    check.flaps.restore(state.holds, *state.held_until);
    check.target.hold();
  }
  // A slow start goes on where it was.
  if (!state.up || state.weight >= 100 || now_ - state.since >= check.config->slow_start) return;
  check.slow = SlowStart(state.since, check.config->slow_start);
  check.weighs_more = check.slow->next(now_);
}

void CheckCore::begin() {
  if (std::exchange(begun_, true)) return;
  std::vector<Checks::value_type*> all;
  for (Checks::value_type& entry : checks_) {
    entry.second.suspended = is_suspended(entry.first);
    all.push_back(&entry);
  }
  spread(all);
  see_if_idle();
  for (Checks::value_type& entry : checks_) {
    if (entry.second.seen) consider(entry);
  }
  for (const auto& [server, one] : std::exchange(suspicions_, {})) suspected(one);
}

// ---- Probes.

void CheckCore::wake() {
  int starts = 0;
  if (!agenda_.empty() && agenda_.next() <= now_) actions_.reserve(kStartsPerWake);
  while (!agenda_.empty() && agenda_.next() <= now_ && starts < kStartsPerWake) {
    Checks::value_type& entry = agenda_.front();
    const Check& check = entry.second;
    if (check.settles) {
      settle(entry);
    } else if (check.held_until && *check.held_until <= now_) {
      release(entry);
    } else if (check.weighs_more && *check.weighs_more <= now_) {
      weigh(entry, slow_words(check), LogLevel::kDebug);
    } else if (check.probe) {
      time_up(entry, false, "no answer");
    } else {
      // What has ended in this very turn begins at once.
      if (check.ended != now_) measure(check, std::max(check.next_start, check.ended));
      start(entry);
      ++starts;
    }
  }
}

void CheckCore::start(Checks::value_type& entry) {
  auto& [name, check] = entry;
  if (lacks_address(entry) || must_wait(entry)) return;
  check.probe = Probe{++attempts_, now_, check.terms.timeout, now_ + check.terms.timeout};
  under_way_.emplace_back(attempts_, &entry);
  check.slot = slot_after(check.slot, check.terms.interval);
  check.next_start = check.slot;
  if (is_hastened(check)) {
    check.next_start = std::min(check.next_start, now_ + quick_interval(*check.config));
  }
  plan(entry);
  actions_.emplace_back(
      StartProbe{name, check.probe->attempt,
                 check.terms.by_name ? target_of(check.config).value() : SharedTarget(check.config),
                 check.config->connect});
}

void CheckCore::time_up(Checks::value_type& entry, bool good, const std::string& reason) {
  auto& [name, check] = entry;
  const Probe probe = *check.probe;
  const Duration late = now_ - probe.deadline;
  cancel(entry);
  if (late > probe.timeout) {
    measure(check, probe.deadline);
    check.next_start = now_;
    plan(entry);
    warn(late_, "woke " + in_words(late) + " late: check " + name +
                    " is probed again, its timeout does not count");
    return;
  }
  check.ended = probe.deadline;
  const std::string what = reason + " within " + in_words(probe.timeout);
  // What hindered an attempt before, such as a cable that was out, may have ended in the midst of
  // this one; and then the kernel asks for the neighbour's address anew, once a second.
  if (!good && check.hindered && now_ - *check.hindered < kSettling) {
    check.history.not_made(now_, what + ", soon after one that could not be made");
    tell_counters(entry);
    check.next_start = now_;
    plan(entry);
    return;
  }
  plan(entry);
  if (good && proves_nothing(entry, probe.started)) {
    check.history.not_made(now_, what + ", which proves nothing yet");
    tell_counters(entry);
    return;
  }
  if (good) {
    check.history.good(now_, std::nullopt, what);
  } else {
    check.history.bad(now_, what);
  }
  tell_counters(entry);
  count(entry, probe.started, {name, probe.attempt, good, what});
}

void CheckCore::finished(const ProbeFinished& event) {
  Checks::value_type* const entry = awaiting(event.check, event.attempt);
  if (entry == nullptr) return;
  const Time started = entry->second.probe->started;
  entry->second.hindered.reset();
  let_go(*entry);
  plan(*entry);
  if (event.good) {
    entry->second.history.good(now_, now_ - started, event.reason);
  } else {
    entry->second.history.bad(now_, event.reason);
  }
  tell_counters(*entry);
  if (event.good) entry->second.silences = 0;
  if (!event.good) refused(*entry);
  count(*entry, started, event);
  // Until it is down it is asked as ever, and quickly: the limit lets a few errors through at once.
  if (entry->second.silences > 0 && entry->second.target.up() == false) ask_in_turn(*entry, now_);
}

void CheckCore::silent(const ProbeSilent& event) {
  Checks::value_type* const entry = awaiting(event.check, event.attempt);
  if (entry == nullptr || entry->second.probe->deadline > now_) return;
  time_up(*entry, event.good, event.reason);
}

void CheckCore::not_made(const ProbeNotMade& event) {
  Checks::value_type* const entry = awaiting(event.check, event.attempt);
  if (entry == nullptr) return;
  let_go(*entry);
  entry->second.hindered = now_;
  entry->second.history.not_made(now_, event.reason);
  tell_counters(*entry);
  plan(*entry);
  warn(not_made_, "check " + event.check + " cannot be probed and stays as it is: " + event.reason);
}

void CheckCore::cancel(Checks::value_type& entry) {
  entry.second.waits = false;
  if (!entry.second.probe) return;
  let_go(entry);
  actions_.emplace_back(CancelProbe{entry.first});
}

void CheckCore::count(Checks::value_type& entry, Time started, const ProbeFinished& result) {
  const std::string& name = entry.first;
  Check& check = entry.second;
  const auto sooner = [&](Time when) {
    check.next_start = std::min(check.next_start, std::max(when, now_));
    plan(entry);
  };
  if (!result.good && check.retried < check.config->retries) {
    ++check.retried;
    if (check.config->log_failures) {
      log(LogLevel::kWarning, "check " + name + " failed, is tried again: " + result.reason);
    }
    sooner(now_ + check.config->retry_delay);
    return;
  }
  check.retried = 0;
  const bool first = !check.target.up();
  const Outcome outcome = check.target.result(result.good, now_);
  if (result.good) check.weight = result.weight.value_or(100);
  if (outcome == Outcome::kChangePending && check.config->fast_interval) {
    sooner(started + *check.config->fast_interval);
  }
  if (outcome == Outcome::kChanged) {
    change(entry, result.reason,
           first ? "first result" : std::to_string(check.target.in_a_row()) + " in a row");
    return;
  }
  if (!result.good && check.config->log_failures) {
    log(LogLevel::kWarning, "check " + name + " failed: " + result.reason);
  }
  // A pending change says nothing of the weight.
  if (result.good) weigh(entry, result.reason, LogLevel::kInfo);
}

void CheckCore::say(Checks::value_type& entry, const CheckState& state) {
  entry.second.said = state;
  actions_.emplace_back(Report{state});
}

// What the operator wants to be believed until there is evidence, if nobody knows better.
void CheckCore::presume(Checks::value_type& entry) {
  auto& [name, check] = entry;
  const InitialCheckState initial = check.config->initial_state;
  if (check.target.up() || initial == InitialCheckState::kUnknown) return;
  const bool up = initial == InitialCheckState::kUp;
  check.target.restore(up, now_);
  say(entry, {name, up, static_cast<std::uint8_t>(up ? 100 : 0), now_, "presumed until checked"});
}

// Nobody, if the result is of a probe that was cancelled meanwhile.
CheckCore::Checks::value_type* CheckCore::awaiting(const std::string& check,
                                                   std::uint64_t attempt) {
  const auto found = find_under_way(attempt);
  if (found == under_way_.end() || found->second->first != check) return nullptr;
  return found->second;
}

void CheckCore::plan(Checks::value_type& entry) {
  Check& check = entry.second;
  const std::optional<Time> before = check.planned;
  if (check.terms.watched) {
    check.planned = check.settles;
  } else {
    check.planned = check.probe ? check.probe->deadline : check.next_start;
    if (check.waits || (check.suspended && !check.probe)) check.planned.reset();
    for (const std::optional<Time>& other : {check.held_until, check.weighs_more}) {
      if (other) check.planned = std::min(check.planned.value_or(*other), *other);
    }
  }
  if (check.planned == before) return;
  if (before) agenda_.remove(check.place);
  if (check.planned) check.place = agenda_.add(*check.planned, entry);
}

void CheckCore::warn(Throttle& throttle, std::string text) {
  if (throttle.last && now_ - *throttle.last < kThrottle) {
    ++throttle.held_back;
    return;
  }
  throttle.last = now_;
  const std::uint64_t held_back = std::exchange(throttle.held_back, 0);
  if (held_back > 0) text += " (and " + std::to_string(held_back) + " such lines held back)";
  log(LogLevel::kWarning, std::move(text));
}

}  // namespace holdfast::check
