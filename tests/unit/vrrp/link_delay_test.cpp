// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/link_delay.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

TEST(LinkDelay, TheFirstLookCountsAtOnce) {
  LinkDelay up;
  EXPECT_TRUE(up.look(true, 2s, kStart));
  LinkDelay down;
  EXPECT_FALSE(down.look(false, 2s, kStart));
  EXPECT_FALSE(down.deadline().has_value());
}

TEST(LinkDelay, AChangeCountsOnceItHasLasted) {
  LinkDelay delay;
  delay.look(true, 2s, kStart);
  EXPECT_TRUE(delay.look(false, 500ms, kStart));
  EXPECT_EQ(delay.deadline(), kStart + 500ms);
  EXPECT_TRUE(delay.look(false, 500ms, kStart + 500ms - 1us));
  EXPECT_FALSE(delay.look(false, 500ms, kStart + 500ms));
  EXPECT_FALSE(delay.deadline().has_value());
  EXPECT_FALSE(delay.look(true, 2s, kStart + 1s));
  EXPECT_TRUE(delay.look(true, 2s, kStart + 3s));
}

TEST(LinkDelay, WithoutADelayEveryChangeCounts) {
  LinkDelay delay;
  delay.look(true, 0s, kStart);
  EXPECT_FALSE(delay.look(false, 0s, kStart));
  EXPECT_TRUE(delay.look(true, 0s, kStart));
  EXPECT_FALSE(delay.deadline().has_value());
}

TEST(LinkDelay, AChangeThatIsTakenBackHasNeverBeen) {
  LinkDelay delay;
  delay.look(true, 2s, kStart);
  for (Time now = kStart; now < kStart + 1min; now += 400ms) {
    EXPECT_TRUE(delay.look(false, 400ms, now));
    EXPECT_TRUE(delay.look(true, 2s, now + 399ms));
    EXPECT_FALSE(delay.deadline().has_value());
  }
}

TEST(LinkDelay, AnotherDelayCountsFromTheSameChange) {
  LinkDelay delay;
  delay.look(true, 0s, kStart);
  delay.look(false, 10s, kStart);
  EXPECT_TRUE(delay.look(false, 4s, kStart + 3s));
  EXPECT_EQ(delay.deadline(), kStart + 4s);
  EXPECT_FALSE(delay.look(false, 2s, kStart + 3s));
}

}  // namespace
}  // namespace holdfast::vrrp
