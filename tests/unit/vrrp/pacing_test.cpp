// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/pacing.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

Announcement one(const std::string& instance, const std::string& address,
                 const std::string& interface = "eth0") {
  return {instance, interface, *IpAddress::parse(address)};
}

class PacingTest : public testing::Test {
 protected:
  void limit(Duration arp, Duration na, std::vector<AnnounceGroup> groups = {}) {
    pacing_.set_limits({{arp, na}, std::move(groups)});
  }
  void push(const Announcement& announcement, int at_most = 5) {
    pacing_.push(announcement, at_most);
  }
  // What goes until then: "after MS ms: INSTANCE ADDRESS".
  std::vector<std::string> until(Duration end) {
    std::vector<std::string> lines;
    while (pacing_.deadline() && *pacing_.deadline() <= kStart + end) {
      now_ = std::max(now_, *pacing_.deadline());
      for (const Announcement& sent : pacing_.due(now_)) {
        lines.push_back(std::to_string((now_ - kStart) / 1ms) + " ms: " + sent.instance + " " +
                        sent.address.to_string());
      }
    }
    return lines;
  }

  Pacing pacing_;
  Time now_ = kStart;
};

using Lines = std::vector<std::string>;

TEST_F(PacingTest, WithoutALimitNothingWaits) {
  EXPECT_FALSE(pacing_.limited("eth0", Family::kIpv4));
  EXPECT_FALSE(pacing_.deadline().has_value());
}

TEST_F(PacingTest, LimitsOfArpAndOfNeighbourAdvertisementsAreApart) {
  limit(10ms, 0ms);
  EXPECT_TRUE(pacing_.limited("eth0", Family::kIpv4));
  EXPECT_FALSE(pacing_.limited("eth0", Family::kIpv6));
  limit(10ms, 30ms);
  push(one("a", "192.0.2.1"));
  push(one("a", "192.0.2.2"));
  push(one("a", "2001:db8::1"));
  push(one("a", "2001:db8::2"));
  EXPECT_EQ(until(1s), (Lines{"0 ms: a 192.0.2.1", "0 ms: a 2001:db8::1", "10 ms: a 192.0.2.2",
                              "30 ms: a 2001:db8::2"}));
}

TEST_F(PacingTest, TheFirstGoesAtOnceAndTheOthersInOrderWithAGap) {
  limit(10ms, 0ms);
  for (const char* address : {"192.0.2.3", "192.0.2.1", "192.0.2.2"}) push(one("a", address));
  EXPECT_EQ(until(9ms), Lines{"0 ms: a 192.0.2.3"});
  EXPECT_EQ(pacing_.deadline(), kStart + 10ms);
  EXPECT_EQ(until(1s), (Lines{"10 ms: a 192.0.2.1", "20 ms: a 192.0.2.2"}));
}

TEST_F(PacingTest, TheGapHoldsAfterTheQueueRanEmpty) {
  limit(10ms, 0ms);
  push(one("a", "192.0.2.1"));
  until(0ms);
  now_ = kStart + 4ms;
  EXPECT_EQ(pacing_.due(now_), std::vector<Announcement>{});
  push(one("b", "192.0.2.2"));
  EXPECT_EQ(until(1s), Lines{"10 ms: b 192.0.2.2"});
}

TEST_F(PacingTest, InterfacesHaveALimitEach) {
  limit(10ms, 0ms);
  push(one("a", "192.0.2.1"));
  push(one("b", "192.0.2.2", "eth1"));
  EXPECT_EQ(until(1s), (Lines{"0 ms: a 192.0.2.1", "0 ms: b 192.0.2.2"}));
}

TEST_F(PacingTest, InterfacesOfAGroupShareOne) {
  limit(10ms, 0ms, {{{"eth0", "eth1"}, {20ms, 0ms}}});
  push(one("a", "192.0.2.1"));
  push(one("b", "192.0.2.2", "eth1"));
  push(one("c", "192.0.2.3", "eth2"));
  push(one("c", "192.0.2.4", "eth2"));
  EXPECT_EQ(until(1s), (Lines{"0 ms: a 192.0.2.1", "0 ms: c 192.0.2.3", "10 ms: c 192.0.2.4",
                              "20 ms: b 192.0.2.2"}));
}

TEST_F(PacingTest, AGroupMayBeWithoutALimit) {
  limit(10ms, 0ms, {{{"eth1"}, {0ms, 0ms}}});
  EXPECT_TRUE(pacing_.limited("eth0", Family::kIpv4));
  EXPECT_FALSE(pacing_.limited("eth1", Family::kIpv4));
}

TEST_F(PacingTest, WhoIsNoLongerActiveDropsWhatItHadToSay) {
  limit(10ms, 10ms);
  push(one("a", "192.0.2.1"));
  push(one("b", "192.0.2.2"));
  push(one("a", "192.0.2.3"));
  push(one("a", "2001:db8::1"));
  pacing_.drop("a");
  EXPECT_EQ(until(1s), Lines{"0 ms: b 192.0.2.2"});
}

TEST_F(PacingTest, WhatWaitsAlreadyIsNotQueuedAgain) {
  limit(10ms, 0ms);
  for (int burst = 0; burst < 100; ++burst) {
    for (int round = 0; round < 2; ++round) push(one("a", "192.0.2.1"), 2);
  }
  EXPECT_EQ(until(1s), (Lines{"0 ms: a 192.0.2.1", "10 ms: a 192.0.2.1"}));
  push(one("a", "192.0.2.1"), 1);
  EXPECT_EQ(until(2s), Lines{"20 ms: a 192.0.2.1"}) << "what has gone counts no more";
}

TEST_F(PacingTest, WhatWaitsMovesUnderNewLimits) {
  limit(10ms, 0ms);
  for (int round = 0; round < 3; ++round) push(one("a", "192.0.2.1"));
  until(0ms);
  limit(50ms, 0ms);
  now_ = kStart + 10ms;
  EXPECT_EQ(until(1s), (Lines{"10 ms: a 192.0.2.1", "60 ms: a 192.0.2.1"}));
  push(one("a", "192.0.2.1"));
  push(one("a", "192.0.2.1"));
  limit(0ms, 0ms);
  EXPECT_EQ(until(1s).size(), 2U);
}

}  // namespace
}  // namespace holdfast::vrrp
