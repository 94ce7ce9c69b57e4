// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/unit/check/check_core_fixture.h"

// Whether checks begin when they are due.
namespace holdfast::check {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class CheckCoreLoadTest : public CheckCoreTest {
 protected:
  static std::vector<CheckConfig> many(int count, Duration interval) {
    std::vector<CheckConfig> checks;
    for (int i = 0; i < count; ++i) {
      checks.push_back(named("check" + std::to_string(i)));
      checks.back().interval = interval;
    }
    return checks;
  }

  // A processor that takes so long for each attempt, all of which are answered at once, or never.
  void run(Duration each, Duration how_long, bool answers = true) {
    for (const Time end = now_ + how_long; now_ < end;) {
      if (!core_.deadline() || *core_.deadline() > end) {
        now_ = end;
        return;
      }
      now_ = std::max(now_, *core_.deadline());
      for (const CheckAction& action : hear(tell(Wake{}))) {
        const auto* const start = std::get_if<StartProbe>(&action);
        if (start == nullptr) continue;
        ++begun_;
        now_ += each;
        if (answers) hear(good(start->attempt, start->check));
      }
    }
  }

  CheckActions hear(CheckActions actions) {
    for (const CheckAction& action : actions) {
      if (const auto* const line = std::get_if<LogLine>(&action)) {
        if (line->text.starts_with("checks begin")) lines_.push_back(line->text);
      }
      const auto* const report = std::get_if<Report>(&action);
      if (report == nullptr) continue;
      if (const auto* const load = std::get_if<CheckLoad>(&report->message)) {
        loads_.push_back(*load);
      }
    }
    return actions;
  }

  std::vector<CheckLoad> loads_;
  std::vector<std::string> lines_;
  int begun_ = 0;
};

TEST_F(CheckCoreLoadTest, AProcessorThatManagesThemIsNotSpokenOf) {
  begin(with(many(1000, seconds{1})));
  run(microseconds{900}, seconds{120});
  EXPECT_NEAR(begun_, 120'000, 1'000);
  EXPECT_TRUE(loads_.empty());
  EXPECT_TRUE(lines_.empty());
}

TEST_F(CheckCoreLoadTest, OneThatDoesNotIsToldOnceAndSoIsItsEnd) {
  begin(with(many(1000, seconds{1})));
  const Time begin = now_;
  run(microseconds{1250}, seconds{60});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_TRUE(lines_[0].ends_with(
      " late: the check-worker has more to do than one processor manages (1000 checks, 1000 a "
      "second, of which 800 a second are made)"))
      << lines_[0];
  ASSERT_GE(loads_.size(), 5U) << "while it lasts, now and then";
  ASSERT_LE(loads_.size(), 11U);
  const CheckLoad& load = loads_.back();
  EXPECT_TRUE(load.late);
  EXPECT_GT(load.since, begin);
  EXPECT_LT(load.since, begin + seconds{10});
  EXPECT_EQ(load.checks, 1000U);
  EXPECT_EQ(load.due, 60'000U);
  EXPECT_NEAR(load.begun, 48'000, 500);
  EXPECT_NEAR(load.by, 1'000'000, 300'000);
  hear(tell(with(many(1000, seconds{2}))));
  run(microseconds{1250}, seconds{60});
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(lines_[1], "checks begin in time again");
  EXPECT_FALSE(loads_.back().late);
  const std::size_t told = loads_.size();
  run(microseconds{1250}, seconds{60});
  EXPECT_EQ(loads_.size(), told);
}

TEST_F(CheckCoreLoadTest, ChecksOfAllIntervalsAreJudgedTogether) {
  std::vector<CheckConfig> checks = many(900, seconds{60});
  for (CheckConfig& one : checks) one.name = "slow" + one.name;
  for (const CheckConfig& one : many(100, milliseconds{100})) checks.push_back(one);
  begin(with(checks));
  run(microseconds{900}, seconds{120});
  EXPECT_TRUE(lines_.empty());
  run(microseconds{1100}, seconds{60});
  EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(CheckCoreLoadTest, SilentTargetsAreNotLate) {
  std::vector<CheckConfig> checks = many(100, seconds{1});
  for (CheckConfig& one : checks) one.timeout = one.interval;
  begin(with(checks));
  run(milliseconds{2}, seconds{120}, false);
  EXPECT_TRUE(loads_.empty());
}

TEST_F(CheckCoreLoadTest, AWorkerThatIsSeldomLetRunIsLate) {
  begin(with(many(20, milliseconds{100})));
  for (int i = 0; i < 100; ++i) {  // what is under way as it stops is found late, too
    run(microseconds{100}, milliseconds{40}, false);
    now_ += milliseconds{600};
  }
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_TRUE(loads_.back().late);
}

TEST_F(CheckCoreLoadTest, WhatWaitsForADescriptorIsNoLoad) {
  core_ = CheckCore(1);
  std::vector<CheckConfig> checks = many(100, seconds{1});
  begin(with(checks));
  run(microseconds{10}, seconds{60}, false);  // one in half a second
  EXPECT_TRUE(loads_.empty());
}

TEST_F(CheckCoreLoadTest, AFormerLifeSays) {
  tell(with(many(10, seconds{1})));
  CheckLoad before;
  before.late = true;
  before.since = now_ - seconds{90};
  tell(before);
  hear(tell(Begin{}));
  run(microseconds{10}, seconds{20});
  EXPECT_TRUE(lines_.empty());
  ASSERT_FALSE(loads_.empty());
  EXPECT_TRUE(loads_.back().late);
  EXPECT_EQ(loads_.back().since, before.since);
  run(microseconds{10}, seconds{20});
  EXPECT_EQ(lines_, std::vector<std::string>{"checks begin in time again"});
}

TEST_F(CheckCoreLoadTest, WithTheLastCheckThatIsAskedItEnds) {
  begin(with(many(100, milliseconds{100})));
  run(milliseconds{2}, seconds{30});
  ASSERT_EQ(lines_.size(), 1U);
  hear(tell(with({})));
  EXPECT_EQ(lines_.size(), 2U);
  EXPECT_FALSE(loads_.back().late);
  EXPECT_EQ(loads_.back().checks, 0U);
}

TEST_F(CheckCoreLoadTest, WhoCountsIsToldNowAndThen) {
  Config config = with(many(10, seconds{1}));
  config.monitoring.listen = {Endpoint::parse("127.0.0.1:9112").value()};
  begin(config);
  run(microseconds{100}, seconds{60});
  ASSERT_GE(loads_.size(), 9U);
  ASSERT_LE(loads_.size(), 12U);
  EXPECT_FALSE(loads_.back().late);
  std::uint64_t counted = 0;
  for (const std::uint64_t count : loads_.back().lateness.counts) counted += count;
  EXPECT_GT(counted, 500U);
}

}  // namespace
}  // namespace holdfast::check
