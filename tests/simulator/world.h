// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "check-worker/core/check_core.h"
#include "common/core/time.h"
#include "supervisor/core/supervisor_core.h"
#include "tests/simulator/journal.h"
#include "tests/simulator/random.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::simulator {

inline constexpr Time kNever = Time::max();

// How long things take on every host of a run. All zero: a clockwork, for exact scenarios.
struct Pace {
  Duration timer_late{0};  // each up to so much, drawn anew every time
  Duration channel{0};
  Duration netlink{0};
  Duration socket{0};
  Duration start_up_min{0};
  Duration start_up_max{0};
};

// What a run did, for the closing line.
struct Figures {
  std::uint64_t steps = 0;
  std::uint64_t adverts_sent = 0;
  std::uint64_t adverts_heard = 0;
  std::uint64_t messages = 0;
  std::uint64_t transitions = 0;
  std::uint64_t spawns = 0;
  std::map<std::string_view, std::uint64_t> faults;
  Duration simulated{0};

  void add(const Figures& other);
};

// Faults built into the shells, by which a test shows that an invariant can fail. Called with what
// a core wants done, before it is done.
struct Tamper {
  std::function<void(vrrp::VrrpActions&)> vrrp{};
  std::function<void(check::CheckActions&)> check{};
  std::function<void(supervisor::SupervisorActions&)> supervisor{};
};

struct Failure {
  std::string invariant;  // "S2"
  std::string what;
  Time at;
};

// What all parts of a run share: time, chance, the record, and the first failure.
class World {
 public:
  World(std::uint64_t seed, Journal::Keep keep) : random(seed), journal(keep) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Time now() const { return now_; }
  void advance_to(Time time) {
    HF_CHECK(time >= now_);
    now_ = time;
  }

  // Things to come that belong to no process. Those of the same instant run in the order in which
  // they were asked for.
  void at(Time time, std::function<void()> happen) {
    to_come_.emplace(std::max(time, now_), std::move(happen));
  }
  void after(Duration delay, std::function<void()> happen) { at(now_ + delay, std::move(happen)); }
  Time next() const { return to_come_.empty() ? kNever : to_come_.begin()->first; }
  void step() {
    const auto first = to_come_.extract(to_come_.begin());
    first.mapped()();
  }

  void note(int host, std::string_view text) { journal.note(now_, host, text); }
  void fail(std::string invariant, std::string what) {
    if (!failure_) failure_ = Failure{std::move(invariant), std::move(what), now_};
  }
  const std::optional<Failure>& failure() const { return failure_; }

  Random random;
  Journal journal;
  Pace pace;
  Figures figures;
  Tamper tamper;

 private:
  Time now_{};
  std::multimap<Time, std::function<void()>> to_come_;
  std::optional<Failure> failure_;
};

inline void Figures::add(const Figures& other) {
  steps += other.steps;
  adverts_sent += other.adverts_sent;
  adverts_heard += other.adverts_heard;
  messages += other.messages;
  transitions += other.transitions;
  spawns += other.spawns;
  for (const auto& [kind, count] : other.faults) faults[kind] += count;
  simulated += other.simulated;
}

}  // namespace holdfast::simulator
