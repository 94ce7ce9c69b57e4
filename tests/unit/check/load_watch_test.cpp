// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/load_watch.h"

#include <gtest/gtest.h>

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Outcome = LoadWatch::Outcome;

class LoadWatchTest : public testing::Test {
 protected:
  // An attempt every 100 ms, each so late, for so long. How often late() turned.
  int run(Duration late, Duration how_long, Duration interval = seconds{1}) {
    int turns = 0;
    for (const Time end = now_ + how_long; now_ < end; now_ += milliseconds{100}) {
      if (watch_.begun(late, interval, now_) == Outcome::kTurned) ++turns;
    }
    return turns;
  }

  LoadWatch watch_;
  Time now_{std::chrono::hours{1}};
};

TEST_F(LoadWatchTest, WhatBeginsInTimeIsMeasuredAndNoMore) {
  EXPECT_EQ(watch_.begun({}, seconds{1}, now_), Outcome::kNothing);
  now_ += seconds{1};
  EXPECT_EQ(watch_.begun(milliseconds{40}, seconds{1}, now_), Outcome::kNothing);
  now_ += seconds{1};
  EXPECT_EQ(watch_.begun({}, seconds{1}, now_), Outcome::kMeasured);
  EXPECT_EQ(watch_.late_by(), milliseconds{20});
  EXPECT_EQ(watch_.per_minute(), 60U);
  EXPECT_EQ(run(milliseconds{400}, seconds{100}), 0);
  EXPECT_FALSE(watch_.late());
}

TEST_F(LoadWatchTest, LateForTenSecondsIsLateSinceTheirBegin) {
  run({}, seconds{4});
  const Time begin = now_;
  EXPECT_EQ(run(milliseconds{600}, seconds{10}), 0);
  EXPECT_EQ(run(milliseconds{600}, seconds{4}), 1);
  EXPECT_TRUE(watch_.late());
  EXPECT_EQ(watch_.since(), begin);
  EXPECT_EQ(watch_.late_by(), milliseconds{600});
  EXPECT_EQ(watch_.per_minute(), 600U);
}

TEST_F(LoadWatchTest, ALaterBeginThanASecondIsLateWhateverTheInterval) {
  EXPECT_EQ(run(milliseconds{900}, seconds{100}, seconds{60}), 0);
  EXPECT_EQ(run(milliseconds{1100}, seconds{20}, seconds{60}), 1);
}

TEST_F(LoadWatchTest, TheShortestIntervalHasItsHalf) {
  EXPECT_EQ(run(milliseconds{4}, seconds{100}, milliseconds{10}), 0);
  EXPECT_EQ(run(milliseconds{6}, seconds{20}, milliseconds{10}), 1);
  // A scheduler's own delay ends it nevertheless.
  EXPECT_EQ(run(milliseconds{3}, seconds{60}, milliseconds{10}), 1);
  EXPECT_FALSE(watch_.late());
}

TEST_F(LoadWatchTest, PausesAreNotLate) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(run(seconds{3}, seconds{3}), 0);
    now_ += seconds{60};
    EXPECT_EQ(run({}, seconds{5}), 0);
  }
}

TEST_F(LoadWatchTest, TheMajorityCounts) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_NE(watch_.begun(i % 5 < 2 ? seconds{5} : seconds{0}, seconds{1}, now_),
              Outcome::kTurned);
    now_ += milliseconds{50};
  }
  int turns = 0;
  for (int i = 0; i < 1000; ++i) {
    if (watch_.begun(i % 5 < 3 ? seconds{5} : seconds{0}, seconds{1}, now_) == Outcome::kTurned) {
      ++turns;
    }
    now_ += milliseconds{50};
  }
  EXPECT_EQ(turns, 1);
  EXPECT_TRUE(watch_.late());
}

TEST_F(LoadWatchTest, InTimeAgainIsByHalfTheMeasureAndForLonger) {
  run(milliseconds{600}, seconds{20});
  ASSERT_TRUE(watch_.late());
  EXPECT_EQ(run(milliseconds{300}, seconds{100}), 0) << "not late enough to begin, but to go on";
  EXPECT_EQ(run(milliseconds{200}, seconds{24}), 0);
  EXPECT_EQ(run(milliseconds{600}, seconds{10}), 0);
  EXPECT_EQ(run(milliseconds{200}, seconds{14}), 0) << "it was late again meanwhile";
  EXPECT_EQ(run(milliseconds{200}, seconds{8}), 1);
  EXPECT_FALSE(watch_.late());
  EXPECT_EQ(run(milliseconds{200}, seconds{100}), 0);
}

// One that is begun an interval late leaves out an attempt, and so is in time for the next.
TEST_F(LoadWatchTest, WhoLeavesOutAttemptsIsLateAllTheSame) {
  int turns = 0;
  for (int i = 0; i < 20; ++i) {
    for (int late = 250; late < 1250; late += 20) {
      turns += run(milliseconds{late}, milliseconds{100});
    }
  }
  EXPECT_EQ(turns, 1);
  EXPECT_TRUE(watch_.late());
}

TEST_F(LoadWatchTest, InTimeIsAlsoWhatBeginsInBursts) {
  run(milliseconds{600}, seconds{20});
  ASSERT_TRUE(watch_.late());
  int turns = 0;
  for (int i = 0; i < 5; ++i) {
    turns += run(milliseconds{5}, milliseconds{300}, seconds{10});
    now_ += milliseconds{9700};
  }
  EXPECT_EQ(turns, 1);
  EXPECT_FALSE(watch_.late());
}

TEST_F(LoadWatchTest, OfFewChecksOneThatWasLateIsNotMuch) {
  const auto some = [this](int count, Duration late) {
    int turns = 0;
    for (; count > 0; --count) {
      now_ += seconds{60};
      if (watch_.begun(late, seconds{60}, now_) == Outcome::kTurned) ++turns;
    }
    return turns;
  };
  EXPECT_EQ(some(10, {}) + some(4, seconds{20}) + some(10, {}), 0);
  EXPECT_EQ(some(6, seconds{20}), 1);
  EXPECT_EQ(some(1, {}), 0);
  EXPECT_EQ(some(1, {}), 1) << "a minute in time";
  EXPECT_FALSE(watch_.late());
}

TEST_F(LoadWatchTest, WithNothingToBeginNothingIsLate) {
  EXPECT_FALSE(watch_.idle(now_));
  run(seconds{1}, seconds{20});
  ASSERT_TRUE(watch_.late());
  EXPECT_TRUE(watch_.idle(now_));
  EXPECT_FALSE(watch_.late());
  EXPECT_EQ(watch_.since(), now_);
  EXPECT_FALSE(watch_.idle(now_));
}

TEST_F(LoadWatchTest, GoesOnWhereTheFormerLifeWas) {
  const Time since = now_ - seconds{500};
  watch_.restore(since);
  EXPECT_EQ(run(milliseconds{600}, seconds{20}), 0);
  EXPECT_TRUE(watch_.late());
  EXPECT_EQ(watch_.since(), since);
  EXPECT_EQ(run({}, seconds{40}), 1);
  EXPECT_FALSE(watch_.late());
}

TEST_F(LoadWatchTest, CountsEveryAttempt) {
  run(milliseconds{2}, seconds{1});
  run(-milliseconds{2}, seconds{1});
  EXPECT_EQ(watch_.lateness().counts.at(3), 10U);
  EXPECT_EQ(watch_.lateness().counts.at(0), 10U);
  EXPECT_EQ(watch_.lateness().sum, 20'000U);
}

}  // namespace
}  // namespace holdfast::check
