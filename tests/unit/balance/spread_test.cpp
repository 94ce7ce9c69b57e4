// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/spread.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

Destinations servers(const std::vector<std::uint32_t>& weights) {
  Destinations all;
  std::uint8_t last = 0;
  for (const std::uint32_t weight : weights) all[at(++last)] = weighing(weight);
  return all;
}

Spread spread(const std::string& scheduler, const std::vector<std::uint32_t>& weights) {
  ServiceOptions options;
  options.scheduler = scheduler;
  return spread_of(options, servers(weights));
}

// Whom each number leads to: 1 for 10.0.0.1.
std::vector<int> sequence(const Spread& spread) {
  std::vector<int> who(spread.numbers);
  for (std::size_t i = 0; i < spread.slots.size(); ++i) {
    const std::uint32_t end =
        i + 1 < spread.slots.size() ? spread.slots[i + 1].first : spread.numbers;
    for (std::uint32_t number = spread.slots[i].first; number < end; ++number) {
      who[number] = spread.slots[i].server.address.bytes()[3];
    }
  }
  return who;
}

std::map<int, int> shares(const Spread& spread) {
  std::map<int, int> counts;
  for (const int one : sequence(spread)) ++counts[one];
  return counts;
}

using Order = std::vector<int>;

TEST(Spread, RrTakesTurnsWhateverTheWeights) {
  EXPECT_EQ(sequence(spread("rr", {3, 2, 1})), (Order{1, 2, 3}));
  EXPECT_EQ(spread("rr", {3, 2, 1}).numbering, Numbering::kTurns);
}

TEST(Spread, WrrMixesTheTurns) {
  EXPECT_EQ(sequence(spread("wrr", {3, 2, 1})), (Order{1, 2, 1, 3, 2, 1}));
  EXPECT_EQ(sequence(spread("wrr", {300, 200, 100})), (Order{1, 2, 1, 3, 2, 1}));
}

TEST(Spread, WhoHasNoWeightGetsNothing) {
  EXPECT_EQ(sequence(spread("wrr", {1, 0, 1})), (Order{1, 3}));
  EXPECT_EQ(spread("wrr", {0, 0}).numbers, 0U);
  EXPECT_EQ(spread("mh", {}).numbers, 0U);
  EXPECT_EQ(spread("fo", {}).numbers, 0U);
}

TEST(Spread, ManyTurnsAreDrawnByLot) {
  const Spread large = spread("wrr", {65535, 65534});
  EXPECT_EQ(large.numbering, Numbering::kRandom);
  EXPECT_EQ(large.numbers, 131069U);
  EXPECT_EQ(large.slots, (std::vector<Slot>{{0, at(1)}, {65535, at(2)}}));
}

TEST(Spread, RandomAndHashesGoByTheWeights) {
  EXPECT_EQ(spread("random", {2, 1}).numbering, Numbering::kRandom);
  EXPECT_EQ(sequence(spread("random", {2, 1})), (Order{1, 1, 2}));
  EXPECT_EQ(spread("sh", {2, 1}).numbering, Numbering::kSource);
  EXPECT_EQ(spread("dh", {2, 1}).numbering, Numbering::kDestination);
  ServiceOptions options;
  options.scheduler = "sh";
  options.scheduler_flag_2 = true;
  EXPECT_EQ(spread_of(options, servers({1, 1})).numbering, Numbering::kSourcePort);
}

TEST(Spread, OneServerNeedsNoHash) {
  for (const char* const scheduler : {"sh", "mh", "dh", "random"}) {
    EXPECT_EQ(spread(scheduler, {5}), (Spread{Numbering::kTurns, 1, {{0, at(1)}}})) << scheduler;
  }
}

TEST(Spread, FoTakesTheLargestWeightAndOfSeveralTheFirst) {
  EXPECT_EQ(sequence(spread("fo", {1, 7, 7})), Order{2});
}

TEST(Spread, MhGivesFairShares) {
  const std::map<int, int> counts = shares(spread("mh", {1, 1, 2}));
  EXPECT_NEAR(counts.at(1), 2039 / 4, 2);
  EXPECT_NEAR(counts.at(2), 2039 / 4, 2);
  EXPECT_NEAR(counts.at(3), 2039 / 2, 3);
}

TEST(Spread, MhMovesFewWhenAServerGoes) {
  const std::vector<int> before = sequence(spread("mh", {1, 1, 1, 1, 1}));
  const std::vector<int> after = sequence(spread("mh", {1, 1, 0, 1, 1}));
  ASSERT_EQ(before.size(), after.size());
  int moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NE(after[i], 3);
    if (before[i] != 3 && after[i] != before[i]) ++moved;
  }
  EXPECT_LT(moved, static_cast<int>(before.size()) / 8);
}

TEST(Spread, MhTakesWeightsOfAnySize) {
  EXPECT_EQ(shares(spread("mh", {65535, 1})).size(), 2U);
}

TEST(Spread, WhatCountsConnectionsCannotBeDone) {
  for (const char* const one : {"rr", "wrr", "random", "sh", "mh", "dh", "fo"}) {
    EXPECT_TRUE(can_spread(one)) << one;
  }
  for (const char* const one : {"lc", "wlc", "lblc", "lblcr", "sed", "nq", "ovf", "twos"}) {
    EXPECT_FALSE(can_spread(one)) << one;
  }
}

}  // namespace
}  // namespace holdfast::balance
