// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/repairs.h"

#include <gtest/gtest.h>

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

const Repairs::Thing kThing{"eth0", "192.0.2.10/24"};
const Time kBegin{1000s};

TEST(Repairs, TheFirstIsDoneAtOnceAndWorthALine) {
  Repairs repairs;
  EXPECT_TRUE(repairs.grant(kThing, kBegin));
  EXPECT_TRUE(repairs.worth_a_line(kThing));
  EXPECT_EQ(repairs.count(kThing), 1U);
  EXPECT_FALSE(repairs.deadline());
}

TEST(Repairs, TheNextWaitsLessThanAHundredMilliseconds) {
  Repairs repairs;
  repairs.grant(kThing, kBegin);
  EXPECT_FALSE(repairs.grant(kThing, kBegin + 1ms));
  EXPECT_FALSE(repairs.grant(kThing, kBegin + 2ms));
  ASSERT_EQ(repairs.deadline(), kBegin + Repairs::kGap);
  EXPECT_TRUE(repairs.take_due(kBegin + 49ms).empty());
  EXPECT_EQ(repairs.take_due(kBegin + 50ms), std::set<std::string>{"eth0"});
  EXPECT_FALSE(repairs.deadline());
  EXPECT_TRUE(repairs.grant(kThing, kBegin + 50ms));
  EXPECT_EQ(repairs.count(kThing), 2U);
}

// Somebody who deletes at once whatever we put back.
TEST(Repairs, AFightIsNoStorm) {
  Repairs repairs;
  int repaired = 0;
  int lines = 0;
  for (Time now = kBegin; now < kBegin + 60s; now += 1ms) {
    repairs.take_due(now);
    if (!repairs.grant(kThing, now)) continue;
    ++repaired;
    if (repairs.worth_a_line(kThing)) ++lines;
    if (repaired <= Repairs::kPatience) {
      EXPECT_LE(now - kBegin, repaired * 100ms);
    }
  }
  EXPECT_GT(repaired, 20);
  EXPECT_LT(repaired, 35);  // ten within half a second, and then ever fewer
  EXPECT_EQ(lines, 5);      // the 1st, 2nd, 4th, 8th and 16th
}

TEST(Repairs, AllIsForgottenAfterAQuietTime) {
  Repairs repairs;
  for (int i = 0; i < 20; ++i) repairs.grant(kThing, kBegin + i * 50ms);
  const Time later = kBegin + 1s + Repairs::kQuiet;
  repairs.take_due(later);
  EXPECT_EQ(repairs.count(kThing), 0U);
  EXPECT_TRUE(repairs.grant(kThing, later));
  EXPECT_FALSE(repairs.grant(kThing, later + 10ms));
  EXPECT_EQ(repairs.deadline(), later + Repairs::kGap);
}

TEST(Repairs, OneThingDoesNotHoldUpAnother) {
  Repairs repairs;
  repairs.grant(kThing, kBegin);
  EXPECT_FALSE(repairs.grant(kThing, kBegin + 1ms));
  EXPECT_TRUE(repairs.grant({"eth1", "192.0.2.10/24"}, kBegin + 1ms));
  EXPECT_TRUE(repairs.grant({"", "route 198.51.100.0/24"}, kBegin + 1ms));
}

TEST(Repairs, WhatFailedIsTriedAgainAtTheSamePace) {
  Repairs repairs;
  repairs.failed(kThing, kBegin);
  ASSERT_EQ(repairs.deadline(), kBegin + Repairs::kGap);
  Time now = kBegin;
  int attempts = 0;
  while (now < kBegin + 60s) {
    now = repairs.deadline().value();
    EXPECT_FALSE(repairs.take_due(now).empty());
    EXPECT_TRUE(repairs.grant(kThing, now));
    repairs.failed(kThing, now);
    ++attempts;
  }
  EXPECT_GT(attempts, 20);
  EXPECT_LT(attempts, 35);
}

}  // namespace
}  // namespace holdfast::vrrp
