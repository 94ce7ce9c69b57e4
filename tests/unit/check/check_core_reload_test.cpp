// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ctime>
#include <map>
#include <random>
#include <set>

#include "tests/unit/check/check_core_fixture.h"

// Many checks, a configuration that changes under them, and a life before this one.
namespace holdfast::check {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- Reload is a diff.

TEST_F(CheckCoreTest, AReloadWithoutAChangeDoesNothing) {
  const Config config = with({nginx(), named("apache"), named("exim")});
  begin(config);
  wake();
  wake();
  const std::optional<Time> deadline = core_.deadline();
  now_ += milliseconds{1};
  EXPECT_EQ(tell(config), CheckActions{});
  EXPECT_EQ(core_.deadline(), deadline);
}

TEST_F(CheckCoreTest, AnAddedCheckBeginsSoonAndMovesNoOther) {
  begin_up(nginx());
  const Time first = now_;
  now_ += milliseconds{100};
  EXPECT_EQ(tell(with({named("apache"), nginx()})), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(named("apache"), 2)});
  EXPECT_LT(now_ - first, milliseconds{105});
  EXPECT_EQ(good(2, "apache").size(), 2U);
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 3)});
  EXPECT_EQ(now_, first + seconds{1});
}

TEST_F(CheckCoreTest, ARemovedCheckEndsWithItsProbe) {
  begin(with({nginx(), named("apache")}));
  wake();
  wake();
  EXPECT_EQ(tell(with({named("apache")})), CheckActions{cancel("nginx")});
  EXPECT_EQ(good(1).size() + good(2).size(), 0U);
  EXPECT_EQ(tell(with({})), CheckActions{cancel("apache")});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(CheckCoreTest, ARemovedCheckThatIsNotUnderWayIsJustGone) {
  begin_up(nginx());
  EXPECT_EQ(tell(with({})), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(CheckCoreTest, ACheckThatComesBackIsNewAndTakesNoOldResult) {
  begin(with({nginx()}));
  wake();
  EXPECT_EQ(tell(with({})), CheckActions{cancel("nginx")});
  EXPECT_EQ(tell(with({nginx()})), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(good(1), CheckActions{});
  EXPECT_EQ(bad(2).size(), 2U);
}

TEST_F(CheckCoreTest, AnotherEndpointIsAnotherTarget) {
  begin_up(nginx());
  wake();
  CheckConfig moved = nginx();
  moved.target = TcpCheck{Endpoint::parse("[::1]:8080").value()};
  EXPECT_EQ(tell(with({moved})), CheckActions{cancel("nginx")});
  EXPECT_LT(core_.deadline().value() - now_, milliseconds{5});
  EXPECT_EQ(wake(), CheckActions{start(moved, 3)});
  EXPECT_EQ(bad(3), (CheckActions{
                        report("nginx", false, now_, "connection refused"),
                        warning("check nginx is down: connection refused (first result)"),
                    }));
}

TEST_F(CheckCoreTest, NewThresholdsForgetNothing) {
  begin_up(nginx());
  for (unsigned i = 2; i < 4; ++i) {
    wake();
    EXPECT_EQ(bad(i), CheckActions{});
  }
  CheckConfig patient = nginx();
  patient.fall = 4;
  const std::optional<Time> deadline = core_.deadline();
  EXPECT_EQ(tell(with({patient})), CheckActions{});
  EXPECT_EQ(core_.deadline(), deadline);
  wake();
  EXPECT_EQ(bad(4), CheckActions{});
  wake();
  EXPECT_EQ(bad(5).at(1), warning("check nginx is down: connection refused (4 in a row)"));
}

TEST_F(CheckCoreTest, ANewTimeoutIsForTheNextProbe) {
  begin_up(nginx());
  wake();
  const Time started = now_;
  CheckConfig quick = nginx();
  quick.timeout = milliseconds{50};
  now_ += milliseconds{200};
  EXPECT_EQ(tell(with({quick})), CheckActions{});
  EXPECT_EQ(core_.deadline(), started + milliseconds{500});
  EXPECT_EQ(good(2), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(quick, 3)});
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{50});
}

TEST_F(CheckCoreTest, AShorterIntervalHoldsAtOnce) {
  CheckConfig lazy = nginx();
  lazy.interval = hours{1};
  begin_up(lazy);
  const Time first = now_;
  now_ += milliseconds{2300};
  EXPECT_EQ(tell(with({nginx()})), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(now_, first + seconds{3}) << "whole new intervals from the last start";
  EXPECT_EQ(good(2), CheckActions{}) << "still up: nothing was forgotten";
  EXPECT_EQ(core_.deadline(), first + seconds{4});
}

TEST_F(CheckCoreTest, ALongerIntervalHoldsAfterTheProbeThatIsPlanned) {
  begin_up(nginx());
  const Time first = now_;
  CheckConfig lazy = nginx();
  lazy.interval = hours{1};
  now_ += milliseconds{300};
  EXPECT_EQ(tell(with({lazy})), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(lazy, 2)});
  EXPECT_EQ(now_, first + seconds{1});
  EXPECT_EQ(good(2), CheckActions{});
  EXPECT_EQ(core_.deadline(), first + seconds{1} + hours{1});
}

// ---- A life before this one.

TEST_F(CheckCoreTest, ARetainedStateThatIsConfirmedIsNoNews) {
  for (const bool up : {true, false}) {
    core_ = CheckCore();
    tell(with({nginx()}));
    EXPECT_EQ(tell(CheckState{"nginx", up, static_cast<std::uint8_t>(up ? 100 : 0), now_ - hours{1},
                              "long ago"}),
              CheckActions{});
    EXPECT_EQ(tell(CheckState{"unknown", up, 0, now_ - hours{1}, "long ago"}), CheckActions{});
    tell(Begin{});
    for (unsigned i = 1; i < 5; ++i) {
      wake();
      EXPECT_EQ(up ? good(i) : bad(i), CheckActions{});
    }
  }
}

TEST_F(CheckCoreTest, ARetainedStateChangesByRiseAndFallAndNotBefore) {
  tell(with({nginx()}));
  tell(CheckState{"nginx", true, 100, now_ - hours{1}, "connected in 1 ms"});
  tell(Begin{});
  for (unsigned i = 1; i < 3; ++i) {
    wake();
    EXPECT_EQ(bad(i), CheckActions{});
  }
  wake();
  EXPECT_EQ(bad(3), (CheckActions{
                        report("nginx", false, now_, "connection refused"),
                        warning("check nginx is down: connection refused (3 in a row)"),
                    }));
}

TEST_F(CheckCoreTest, ARetainedStateSurvivesASecondConfigurationBeforeBegin) {
  tell(with({nginx()}));
  tell(CheckState{"nginx", true, 100, now_ - hours{1}, "connected in 1 ms"});
  CheckConfig quick = nginx();
  quick.interval = milliseconds{500};
  tell(with({quick}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
  tell(Begin{});
  wake();
  EXPECT_EQ(bad(1), CheckActions{});
}

TEST_F(CheckCoreTest, AfterBeginOurOwnWordIsTheNewerOne) {
  begin_up(nginx());
  EXPECT_EQ(tell(CheckState{"nginx", false, 0, now_, "connection refused"}), CheckActions{});
  wake();
  EXPECT_EQ(bad(2), CheckActions{});
  wake();
  EXPECT_EQ(bad(3), CheckActions{});
  wake();
  EXPECT_EQ(bad(4).size(), 2U) << "it was up until now";
}

// ---- Many.

Config many(unsigned count) {
  std::vector<CheckConfig> checks;
  for (unsigned i = 0; i < count; ++i) checks.push_back(named("web-" + std::to_string(i)));
  return with(std::move(checks));
}

// Wakes until `end` and answers every probe; when each check was begun.
std::map<std::string, std::vector<Time>> run(CheckCore& core, Time end) {
  std::map<std::string, std::vector<Time>> starts;
  while (core.deadline().value() < end) {
    const Time now = core.deadline().value();
    for (const CheckAction& action : core.handle(Wake{}, now)) {
      const auto* probe = std::get_if<StartProbe>(&action);
      if (probe == nullptr) continue;
      starts[probe->check].push_back(now);
      core.handle(ProbeFinished{probe->check, probe->attempt, true, ""}, now);
    }
  }
  return starts;
}

TEST_F(CheckCoreTest, FirstStartsAreSpreadOverFiveMillisecondsACheck) {
  begin(many(20));
  std::set<Time> times;
  for (const auto& [name, starts] : run(core_, now_ + seconds{1})) {
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_LT(starts[0] - now_, milliseconds{100});
    times.insert(starts[0]);
  }
  EXPECT_EQ(times.size(), 20U);
  EXPECT_GT(*times.rbegin() - *times.begin(), milliseconds{50});
}

TEST_F(CheckCoreTest, TheSameNameBeginsAtTheSameMomentInEveryLife) {
  begin(many(20));
  CheckCore other;
  other.handle(many(20), now_);
  other.handle(Begin{}, now_);
  EXPECT_EQ(run(core_, now_ + seconds{2}), run(other, now_ + seconds{2}));
}

TEST_F(CheckCoreTest, TwentyThousandAreSpreadEvenlyOverTheIntervalAndKeepTheirCadence) {
  begin(many(20'000));
  const auto starts = run(core_, now_ + seconds{3});
  ASSERT_EQ(starts.size(), 20'000U);
  std::map<Duration, int> per_hundredth;
  for (const auto& [name, times] : starts) {
    ASSERT_EQ(times.size(), 3U) << name;
    ASSERT_EQ(times[1] - times[0], seconds{1}) << name;
    ASSERT_EQ(times[2] - times[1], seconds{1}) << name;
    ++per_hundredth[(times[0] - now_) / 10'000];
  }
  ASSERT_EQ(per_hundredth.size(), 100U);
  for (const auto& [hundredth, count] : per_hundredth) {
    EXPECT_GT(count, 120);  // 200 on average; six standard deviations are 85.
    EXPECT_LT(count, 290);
  }
}

// The processor time of a reload, a second of probes, and a second reload.
double cost_of(unsigned count) {
  const Time now{hours{1}};
  const std::clock_t before = std::clock();
  CheckCore core;
  core.handle(many(count), now);
  core.handle(Begin{}, now);
  run(core, now + seconds{1});
  core.handle(many(count - 1), now + seconds{1});
  return static_cast<double>(std::clock() - before);
}

TEST_F(CheckCoreTest, TenTimesTheChecksCostAboutTenTimesAsMuch) {
  double ratio = 1e9;
  for (int i = 0; i < 3; ++i) ratio = std::min(ratio, cost_of(10'000) / cost_of(1'000));
  EXPECT_LT(ratio, 30) << "a quadratic core has 100";
}

TEST_F(CheckCoreTest, WhatIsDueAllAtOnceIsBegunInPortions) {
  begin(many(1000));
  now_ += hours{1};
  std::set<std::string> begun;
  int wakes = 0;
  while (core_.deadline() <= now_) {
    const CheckActions actions = tell(Wake{});
    ASSERT_LE(actions.size(), 64U);
    ASSERT_LT(++wakes, 17);
    for (const CheckAction& action : actions) begun.insert(std::get<StartProbe>(action).check);
  }
  EXPECT_EQ(begun.size(), 1000U);
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{500}) << "each with its whole timeout";
}

// ---- Anything, in any order.

TEST_F(CheckCoreTest, RandomEventsKeepThePromises) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 generator(seed);
  const auto random = [&generator](std::size_t below) {
    return static_cast<unsigned>(generator() % below);
  };
  Config config = many(12);
  begin(config);
  std::map<std::string, std::uint64_t> running;  // check -> attempt
  std::map<std::string, bool> reported;
  for (int step = 0; step < 20'000; ++step) {
    CheckActions actions;
    const unsigned dice = random(100);
    if (dice < 2) {
      config = many(random(12));
      for (CheckConfig& check : config.checks) {
        if (random(4) == 0) {
          std::get<TcpCheck>(check.target).endpoint.port =
              static_cast<std::uint16_t>(80 + random(2));
        }
        check.interval = milliseconds{500 + 100 * random(3)};
      }
      actions = tell(config);
    } else if (dice < 50 && !running.empty()) {
      const auto probe = std::next(running.begin(), random(running.size()));
      const auto [check, attempt] = *probe;
      running.erase(probe);
      now_ += milliseconds{random(20)};
      if (dice < 5) {
        actions = tell(ProbeNotMade{check, attempt, "too many open files"});
      } else {
        actions = dice < 30 ? good(attempt, check) : bad(attempt, check);
      }
    } else if (core_.deadline()) {
      now_ = std::max(now_, *core_.deadline() + milliseconds{dice < 55 ? random(3000) : 0});
      actions = tell(Wake{});
    }
    for (const CheckAction& action : actions) {
      if (const auto* begun = std::get_if<StartProbe>(&action)) {
        ASSERT_TRUE(running.emplace(begun->check, begun->attempt).second) << "two of one target";
      } else if (const auto* cancelled = std::get_if<CancelProbe>(&action)) {
        ASSERT_EQ(running.erase(cancelled->check), 1U) << "nothing to cancel";
      } else if (const auto* report = std::get_if<Report>(&action)) {
        const auto* const told = std::get_if<CheckState>(&report->message);
        if (told == nullptr) continue;
        const CheckState& state = *told;
        ASSERT_EQ(state.weight, state.up ? 100 : 0);
        reported[state.check] = state.up;
      }
    }
    ASSERT_EQ(core_.deadline().has_value(), !config.checks.empty());
    std::set<std::string> names;
    for (const CheckConfig& check : config.checks) names.insert(check.name);
    for (const auto& [check, attempt] : running) ASSERT_TRUE(names.contains(check)) << check;
  }
  EXPECT_FALSE(reported.empty());
}

}  // namespace
}  // namespace holdfast::check
