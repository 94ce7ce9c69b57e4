// SPDX-License-Identifier: Apache-2.0
#include "config/heartbeat.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace holdfast {
namespace {

using std::chrono::milliseconds;

Config with_intervals(std::initializer_list<milliseconds> intervals) {
  Config config;
  for (const milliseconds interval : intervals) {
    config.instances.emplace_back().advert_interval = interval;
  }
  return config;
}

TEST(Heartbeat, IsAQuarterOfTheShortestIntervalOrGoesWithTheAdverts) {
  const auto interval = [](std::initializer_list<milliseconds> intervals) {
    return heartbeat_interval(with_intervals(intervals), Role::kVrrp);
  };
  EXPECT_EQ(interval({milliseconds{400}}), milliseconds{100});
  EXPECT_EQ(interval({milliseconds{1000}, milliseconds{200}, milliseconds{5000}}),
            milliseconds{50});
  EXPECT_EQ(interval({milliseconds{10}}), milliseconds{25}) << "no more often than this";
  EXPECT_EQ(interval({milliseconds{600}}), milliseconds{150});
  EXPECT_EQ(interval({milliseconds{1000}}), milliseconds{550}) << "with an advert and between two";
  EXPECT_EQ(interval({milliseconds{40'950}}), milliseconds{550}) << "no less often than this";
  EXPECT_EQ(interval({}), milliseconds{550});
}

TEST(Watchdog, WaitsOneOfTheShortestInterval) {
  const auto time = [](std::initializer_list<milliseconds> intervals) {
    return watchdog_time(with_intervals(intervals), Role::kVrrp);
  };
  EXPECT_EQ(time({milliseconds{400}}), milliseconds{400});
  EXPECT_EQ(time({milliseconds{1000}, milliseconds{200}}), milliseconds{200});
  EXPECT_EQ(time({milliseconds{10}}), milliseconds{150});
  EXPECT_EQ(time({milliseconds{40'950}}), milliseconds{1000});
  EXPECT_EQ(time({}), milliseconds{1000});
}

TEST(Watchdog, TheCheckWorkerHasTimesOfItsOwn) {
  EXPECT_EQ(heartbeat_interval(with_intervals({milliseconds{10}}), Role::kCheck),
            milliseconds{1000});
  EXPECT_EQ(watchdog_time(with_intervals({milliseconds{10}}), Role::kCheck), milliseconds{2000});
}

// A busy machine must not look like a hang.
TEST(Watchdog, LeavesAHeartbeatTimeToBeLate) {
  for (int ms = 10; ms <= 40'950; ms += 10) {
    const Config config = with_intervals({milliseconds{ms}});
    const Duration limit = watchdog_time(config, Role::kVrrp);
    const Duration late = limit - heartbeat_interval(config, Role::kVrrp);
    EXPECT_GE(late, std::min<Duration>(3 * limit / 4, milliseconds{450})) << ms;
  }
}

}  // namespace
}  // namespace holdfast
