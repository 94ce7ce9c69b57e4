// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/preempt_gate.h"

#include <gtest/gtest.h>

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

TEST(PreemptGate, IsOpenAtOnceWithoutADelay) {
  PreemptGate gate;
  EXPECT_TRUE(gate.open(0s, kStart));
}

TEST(PreemptGate, OpensAfterTheDelayCountedFromTheFirstAdvert) {
  PreemptGate gate;
  EXPECT_FALSE(gate.open(10s, kStart));
  EXPECT_FALSE(gate.open(10s, kStart + 5s));
  EXPECT_FALSE(gate.open(10s, kStart + 10s - 1us));
  EXPECT_TRUE(gate.open(10s, kStart + 10s));
  EXPECT_TRUE(gate.open(10s, kStart + 11s));
}

TEST(PreemptGate, CountsAnewAfterAReset) {
  PreemptGate gate;
  EXPECT_FALSE(gate.open(10s, kStart));
  gate.reset();
  EXPECT_FALSE(gate.open(10s, kStart + 15s));
  EXPECT_FALSE(gate.open(10s, kStart + 24s));
  EXPECT_TRUE(gate.open(10s, kStart + 25s));
}

TEST(PreemptGate, TakesTheDelayAsItIsNow) {
  PreemptGate gate;
  EXPECT_FALSE(gate.open(60s, kStart));
  EXPECT_TRUE(gate.open(5s, kStart + 6s));
  EXPECT_FALSE(gate.open(60s, kStart + 7s));
}

}  // namespace
}  // namespace holdfast::vrrp
