// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/slow_start.h"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::check {
namespace {

using std::chrono::seconds;

constexpr Time kStart{std::chrono::hours{1}};

TEST(SlowStart, GivesATenthAtATime) {
  const SlowStart slow(kStart, seconds{20});
  std::vector<int> weights;
  std::optional<Time> now = kStart;
  for (; now; now = slow.next(*now)) weights.push_back(slow.weight(100, *now));
  EXPECT_EQ(weights, (std::vector<int>{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(slow.next(kStart), kStart + seconds{2});
  EXPECT_EQ(slow.next(kStart + seconds{3}), kStart + seconds{4});
}

TEST(SlowStart, NeverGivesNothingOfSomething) {
  const SlowStart slow(kStart, seconds{20});
  EXPECT_EQ(slow.weight(1, kStart), 1);
  EXPECT_EQ(slow.weight(55, kStart), 6);
  EXPECT_EQ(slow.weight(0, kStart + seconds{30}), 0);
}

TEST(SlowStart, EndsAndBearsAnyTime) {
  const SlowStart slow(kStart, seconds{20});
  EXPECT_EQ(slow.weight(100, kStart + seconds{18}), 100);
  EXPECT_EQ(slow.next(kStart + seconds{18}), std::nullopt);
  EXPECT_EQ(slow.weight(100, kStart + seconds{2000}), 100);
  EXPECT_EQ(slow.weight(100, kStart - seconds{5}), 10);
  const SlowStart none(kStart, Duration{0});
  EXPECT_EQ(none.weight(100, kStart), 100);
  EXPECT_EQ(none.next(kStart), std::nullopt);
  const SlowStart tiny(kStart, Duration{3});  // less than a step in microseconds
  std::optional<Time> now = kStart;
  for (int i = 0; i < 10 && now; ++i) {
    const std::optional<Time> next = tiny.next(*now);
    EXPECT_GT(next.value_or(Time::max()), *now);
    now = next;
  }
  EXPECT_FALSE(now);
}

}  // namespace
}  // namespace holdfast::check
