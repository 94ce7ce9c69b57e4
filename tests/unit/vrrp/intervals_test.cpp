// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/intervals.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr auto k2 = VrrpVersion::k2;
constexpr auto k3 = VrrpVersion::k3;

TEST(Rfc9568_6_1, SkewTimeIsTheIntervalTimes256MinusPriorityOver256) {
  EXPECT_EQ(skew_time(k3, Priority{100}, 1s), 609375us);
  EXPECT_EQ(skew_time(k3, Priority{254}, 1s), 7812us);  // 7812.5, cut
  EXPECT_EQ(skew_time(k3, Priority{255}, 1s), 3906us);
  EXPECT_EQ(skew_time(k3, Priority{1}, 1s), 996093us);
  EXPECT_EQ(skew_time(k3, Priority{128}, 40950ms), 20475ms);
}

TEST(Rfc9568_6_1, SkewTimeIsExactAtTheShortestInterval) {
  // Divided before multiplied, ten milliseconds would lose a fifth of a percent.
  EXPECT_EQ(skew_time(k3, Priority{200}, 10ms), 2187us);
  EXPECT_EQ(skew_time(k3, Priority{1}, 10ms), 9960us);
}

TEST(Rfc9568_6_1, ActiveDownIntervalIsThreeIntervalsAndTheSkewTime) {
  EXPECT_EQ(active_down_interval(k3, Priority{100}, 1s), 3609375us);
  EXPECT_EQ(active_down_interval(k3, Priority{100}, 100ms), 360937us);
  EXPECT_EQ(active_down_interval(k3, Priority{254}, 10ms), 30078us);
  EXPECT_EQ(active_down_interval(k3, Priority{1}, 40950ms), 122850ms + 40790039us);
}

TEST(DownTimerAdverts, AnotherNumberOfAdvertsThanTheRfcsMayBeMissed) {
  EXPECT_EQ(active_down_interval(k3, Priority{100}, 1s, 1), 1609375us);
  EXPECT_EQ(active_down_interval(k3, Priority{100}, 1s, 100), 100s + 609375us);
  EXPECT_EQ(active_down_interval(k2, Priority{100}, 10s, 2), 20609375us);
}

TEST(DownTimerAdverts, SayHowLongNobodyCanHaveTakenOver) {
  EXPECT_EQ(nobody_took_over_interval(1s, 3), 2s);
  EXPECT_EQ(nobody_took_over_interval(1s, 1), 0s);
  EXPECT_EQ(nobody_took_over_interval(100ms, 10), 900ms);
}

TEST(Rfc3768_6_1, SkewTimeIsOfASecondWhateverTheInterval) {
  EXPECT_EQ(skew_time(k2, Priority{100}, 1s), 609375us);
  EXPECT_EQ(skew_time(k2, Priority{100}, 255s), 609375us);
  EXPECT_EQ(skew_time(k2, Priority{255}, 10s), 3906us);
}

TEST(Rfc3768_6_1, MasterDownIntervalIsThreeIntervalsAndTheSkewTime) {
  EXPECT_EQ(active_down_interval(k2, Priority{100}, 1s), 3609375us);
  EXPECT_EQ(active_down_interval(k2, Priority{100}, 10s), 30609375us);
  EXPECT_EQ(active_down_interval(k2, Priority{1}, 255s), 765s + 996093us);
}

TEST(Rfc9568_6_1, AHigherPriorityAlwaysActsSooner) {
  for (const VrrpVersion version : {k2, k3}) {
    for (int priority = 2; priority <= 255; ++priority) {
      const Priority lower{static_cast<std::uint8_t>(priority - 1)};
      const Priority higher{static_cast<std::uint8_t>(priority)};
      EXPECT_LT(skew_time(version, higher, 10ms), skew_time(version, lower, 10ms)) << priority;
    }
  }
}

}  // namespace
}  // namespace holdfast::vrrp
