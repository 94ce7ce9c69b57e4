// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/reason.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp::reason {
namespace {

using namespace std::chrono_literals;

const IpAddress kPeer = IpAddress::v4({192, 0, 2, 7});
constexpr Priority kOwn{100};
constexpr Time kNow{1000s};

std::string took_over_after(int priority, Duration silence) {
  const Priority theirs{static_cast<std::uint8_t>(priority)};
  return took_over(LastAdvert{theirs, kPeer, 1s, kNow - silence}, kOwn, kNow - 60s, kNow);
}

TEST(Reason, SecondsHaveThreeDecimalsRounded) {
  EXPECT_EQ(seconds(0us), "0.000 s");
  EXPECT_EQ(seconds(3609375us), "3.609 s");
  EXPECT_EQ(seconds(3609500us + 1us), "3.610 s");
  EXPECT_EQ(seconds(240h), "864000.000 s");
  EXPECT_EQ(seconds(Duration::max()), "9223372036854.776 s");
  EXPECT_EQ(seconds(-1500us), "-0.002 s");
  EXPECT_EQ(seconds(-1us), "0.000 s");
}

TEST(Reason, OfATakeOverNamesItsCause) {
  EXPECT_EQ(took_over(std::nullopt, kOwn, kNow - 60s, kNow), "no advert heard for 60.000 s");
  EXPECT_EQ(took_over_after(0, 609ms), "192.0.2.7 let go (priority 0)");
  EXPECT_EQ(took_over_after(200, 3609ms), "no advert from 192.0.2.7 for 3.609 s");
  EXPECT_EQ(took_over_after(50, 1s), "preempted 192.0.2.7: priority 100 over its 50");
}

TEST(Reason, PreemptedIsALowerPriorityThatSpokeWithinTwoIntervals) {
  EXPECT_EQ(took_over_after(99, 2s - 1us), "preempted 192.0.2.7: priority 100 over its 99");
  EXPECT_EQ(took_over_after(99, 2s), "no advert from 192.0.2.7 for 2.000 s");
  EXPECT_EQ(took_over_after(100, 1s), "no advert from 192.0.2.7 for 1.000 s");
}

TEST(Reason, OfALossSaysByWhatMeasure) {
  EXPECT_EQ(outranked(kPeer, Priority{150}, kOwn), "192.0.2.7 has priority 150 over our 100");
  EXPECT_EQ(outranked(kPeer, kOwn, kOwn), "192.0.2.7 has priority 100 too, and the higher address");
}

TEST(Reason, OfEverythingElse) {
  EXPECT_EQ(address_owner(), "priority 255: owner of the addresses");
  EXPECT_EQ(started(), "started");
  EXPECT_EQ(handed_over(), "handed over");
  EXPECT_EQ(restarted_late(2500ms),
            "restarted 2.500 s after the last sign of life: a peer may hold the addresses");
}

}  // namespace
}  // namespace holdfast::vrrp::reason
