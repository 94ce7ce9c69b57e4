// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcer.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

TEST(Announcer, HasNothingToSayUnasked) {
  Announcer announcer;
  EXPECT_FALSE(announcer.deadline().has_value());
  EXPECT_FALSE(announcer.wake(kStart + 1h));
}

TEST(Announcer, AnnouncesAtOnceAndOnceMoreAfterFiveSeconds) {
  Announcer announcer;
  EXPECT_TRUE(announcer.request(kStart));
  EXPECT_EQ(announcer.deadline(), kStart + 5s);
  EXPECT_FALSE(announcer.wake(kStart + 5s - 1us));
  EXPECT_TRUE(announcer.wake(kStart + 5s));
  EXPECT_FALSE(announcer.deadline().has_value());
  EXPECT_FALSE(announcer.wake(kStart + 1h));
}

TEST(Announcer, AnnouncesNotMoreThanOnceASecond) {
  Announcer announcer;
  EXPECT_TRUE(announcer.request(kStart));
  EXPECT_FALSE(announcer.request(kStart + 1ms));
  EXPECT_FALSE(announcer.request(kStart + 999ms));
  EXPECT_EQ(announcer.deadline(), kStart + 1s);
  EXPECT_TRUE(announcer.wake(kStart + 1s));
}

TEST(Announcer, WaitsASecondAfterALateBurstToo) {
  Announcer announcer;
  announcer.request(kStart);
  EXPECT_TRUE(announcer.wake(kStart + 5s));
  EXPECT_FALSE(announcer.request(kStart + 5500ms));
  EXPECT_EQ(announcer.deadline(), kStart + 6s);
}

TEST(Announcer, ABurstThatHadToWaitIsRepeatedAfterFiveSecondsToo) {
  Announcer announcer;
  EXPECT_TRUE(announcer.request(kStart));
  EXPECT_FALSE(announcer.request(kStart + 500ms));
  EXPECT_TRUE(announcer.wake(kStart + 1s));
  EXPECT_EQ(announcer.deadline(), kStart + 5500ms);
  EXPECT_TRUE(announcer.wake(kStart + 5500ms));
  EXPECT_FALSE(announcer.deadline().has_value());
}

TEST(Announcer, ARequestJustBeforeTheSecondBurstDelaysIt) {
  Announcer announcer;
  announcer.request(kStart);
  EXPECT_TRUE(announcer.request(kStart + 4900ms));
  EXPECT_EQ(announcer.deadline(), kStart + 9900ms);
}

TEST(Announcer, AFloodOfRequestsIsNoFloodOfBursts) {
  Announcer announcer;
  int bursts = 0;
  Time now = kStart;
  for (; now < kStart + 10s; now += 10ms) {
    if (announcer.deadline() && *announcer.deadline() <= now) bursts += announcer.wake(now);
    bursts += announcer.request(now);
  }
  EXPECT_EQ(bursts, 10);
  while (announcer.deadline()) {
    now = *announcer.deadline();
    bursts += announcer.wake(now);
  }
  EXPECT_LE(bursts, 12);
  EXPECT_LE(now, kStart + 15s);
}

}  // namespace
}  // namespace holdfast::vrrp
