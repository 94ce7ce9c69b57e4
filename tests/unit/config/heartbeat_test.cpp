// SPDX-License-Identifier: Apache-2.0
#include "config/heartbeat.h"

#include <gtest/gtest.h>

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

TEST(Heartbeat, IsAQuarterOfTheShortestInterval) {
  const auto interval = [](std::initializer_list<milliseconds> intervals) {
    return heartbeat_interval(with_intervals(intervals), Role::kVrrp);
  };
  EXPECT_EQ(interval({milliseconds{400}}), milliseconds{100});
  EXPECT_EQ(interval({milliseconds{1000}, milliseconds{200}, milliseconds{5000}}),
            milliseconds{50});
  EXPECT_EQ(interval({milliseconds{10}}), milliseconds{25}) << "no more often than this";
  EXPECT_EQ(interval({milliseconds{1000}}), milliseconds{250});
  EXPECT_EQ(interval({milliseconds{40'950}}), milliseconds{250}) << "no less often than this";
  EXPECT_EQ(interval({}), milliseconds{250});
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
            milliseconds{250});
  EXPECT_EQ(watchdog_time(with_intervals({milliseconds{10}}), Role::kCheck), milliseconds{2000});
}

// One lost wake-up must not look like a hang.
TEST(Watchdog, LeavesRoomForSeveralHeartbeats) {
  for (int ms = 10; ms <= 40'950; ms += 10) {
    const Config config = with_intervals({milliseconds{ms}});
    EXPECT_GE(watchdog_time(config, Role::kVrrp), 4 * heartbeat_interval(config, Role::kVrrp))
        << ms;
  }
}

}  // namespace
}  // namespace holdfast
