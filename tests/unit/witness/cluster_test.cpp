// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/witness/cluster.h"

#include <gtest/gtest.h>

namespace holdfast::witness {
namespace {

using namespace std::chrono_literals;

constexpr int kA = 0;  // priority 150
constexpr int kB = 1;

class EitherWay : public testing::TestWithParam<WhenUnreachable> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kA); }, 20s));
    cluster_.run(5s);
    moves_ = cluster_.moves();
  }
  bool only(int node) const { return cluster_.holds(node) && cluster_.holders() == 1; }
  void expect_nothing_moves(Duration time) {
    const Duration before = cluster_.without();
    cluster_.run(time);
    EXPECT_TRUE(only(kA)) << cluster_.reason(kA) << " / " << cluster_.reason(kB);
    EXPECT_EQ(cluster_.moves(), moves_);
    EXPECT_EQ(cluster_.without(), before);
  }

  Cluster cluster_{GetParam(), 1};
  int moves_ = 0;
};

TEST_P(EitherWay, OneNodeHoldsItAllTheTime) {
  expect_nothing_moves(60s);
  EXPECT_EQ(cluster_.state(kB), VrrpState::kBackup);
}

TEST_P(EitherWay, ACutBetweenTheNodesMovesNothing) {
  cluster_.cut_lan(true);
  expect_nothing_moves(60s);
  cluster_.cut_lan(false);
  expect_nothing_moves(10s);
}

TEST_P(EitherWay, AnotherLeaderOfEtcdMovesNothing) {
  cluster_.change_leader(1s);
  expect_nothing_moves(20s);
}

TEST_P(EitherWay, KilledWorkersMoveNothing) {
  for (int i = 0; i < 5; ++i) {
    cluster_.kill_witness(kA);
    expect_nothing_moves(700ms);
    cluster_.kill_vrrp(kA);
    expect_nothing_moves(700ms);
    cluster_.kill_witness(kB);
    cluster_.kill_vrrp(kB);
    expect_nothing_moves(700ms);
  }
}

TEST_P(EitherWay, ACrashCostsTheRestOfTheLease) {
  cluster_.crash(kA);
  const Time began = cluster_.now();
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kB); }, 20s));
  EXPECT_LE(cluster_.now() - began, 5s);
  EXPECT_EQ(cluster_.two_holders(), 0);
}

TEST_P(EitherWay, AStopHandsOverAtOnce) {
  const Duration before = cluster_.without();
  cluster_.stop(kA);
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kB); }, 5s));
  EXPECT_LE(cluster_.without() - before, 800ms);  // Skew_Time, and asking
}

TEST_P(EitherWay, WhoReturnsAndPreemptsGetsIt) {
  cluster_.crash(kA);
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kB); }, 20s));
  cluster_.start(kA);
  ASSERT_TRUE(cluster_.run_until([this] { return only(kA); }, 20s))
      << cluster_.reason(kA) << " / " << cluster_.reason(kB);
  moves_ = cluster_.moves();
  expect_nothing_moves(20s);
}

INSTANTIATE_TEST_SUITE_P(Witness, EitherWay,
                         testing::Values(WhenUnreachable::kHold, WhenUnreachable::kRelease));

class Releases : public EitherWay {};
class Holds : public EitherWay {};

TEST_P(Releases, WhoIsCutFromEtcdLetsGoBeforeAnotherTakesIt) {
  cluster_.cut_lan(true);
  cluster_.cut_etcd(kA, true);
  const Time began = cluster_.now();
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kB); }, 20s));
  EXPECT_LE(cluster_.now() - began, 5s);
  EXPECT_EQ(cluster_.two_holders(), 0);
  EXPECT_NE(cluster_.reason(kA).find("the witness is not reached"), std::string::npos)
      << cluster_.reason(kA);
  cluster_.run(30s);
  EXPECT_TRUE(only(kB));
}

TEST_P(Releases, WithoutEtcdNobodyHoldsIt) {
  cluster_.lose_quorum(true);
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holders() == 0; }, 4s));
  cluster_.run(30s);
  EXPECT_EQ(cluster_.holders(), 0);
  cluster_.lose_quorum(false);
  ASSERT_TRUE(cluster_.run_until([this] { return only(kA); }, 20s));
}

TEST_P(Holds, WithoutEtcdItIsPlainVrrp) {
  cluster_.lose_quorum(true);
  expect_nothing_moves(60s);
  cluster_.crash(kA);
  const Time began = cluster_.now();
  ASSERT_TRUE(cluster_.run_until([this] { return cluster_.holds(kB); }, 20s));
  EXPECT_LE(cluster_.now() - began, 4s);  // Active_Down_Interval
  cluster_.lose_quorum(false);
  cluster_.run(30s);
  EXPECT_TRUE(only(kB));
}

TEST_P(Holds, WhoIsCutFromEtcdAloneKeepsIt) {
  cluster_.cut_etcd(kA, true);
  expect_nothing_moves(60s);
  cluster_.cut_etcd(kA, false);
  expect_nothing_moves(10s);
}

INSTANTIATE_TEST_SUITE_P(Witness, Releases, testing::Values(WhenUnreachable::kRelease));
INSTANTIATE_TEST_SUITE_P(Witness, Holds, testing::Values(WhenUnreachable::kHold));

// One of many faults.
void strike(Cluster& cluster, std::mt19937_64& random) {
  const int node = static_cast<int>(random() % static_cast<std::uint64_t>(cluster.nodes()));
  // Longer than any watchdog would let it.
  const std::chrono::milliseconds pause{random() % 8000};
  switch (random() % 15) {
    case 0:
      return cluster.cut_lan(true);
    case 1:
      return cluster.cut_lan(false);
    case 2:
      return cluster.cut_etcd(node, true);
    case 3:
      return cluster.cut_etcd(node, false);
    case 4:
      return cluster.lose_quorum(true);
    case 5:
      return cluster.lose_quorum(false);
    case 6:
      return cluster.change_leader(std::chrono::milliseconds{random() % 2500});
    case 7:
      return cluster.kill_vrrp(node);
    case 8:
      return cluster.kill_witness(node);
    case 9:
      return cluster.is_up(node) ? cluster.crash(node) : cluster.start(node);
    case 10:
      return cluster.cut_lan(node, true);
    case 11:
      return cluster.cut_lan(node, false);
    case 12:
      return cluster.pause_vrrp(node, pause);
    case 13:
      return cluster.pause_witness(node, pause);
    default:
      return cluster.is_up(node) ? cluster.stop(node) : cluster.start(node);
  }
}

void mend(Cluster& cluster) {
  cluster.cut_lan(false);
  cluster.lose_quorum(false);
  for (int node = 0; node < cluster.nodes(); ++node) {
    cluster.cut_etcd(node, false);
    cluster.cut_lan(node, false);
    cluster.start(node);
  }
}

class Seeds : public testing::TestWithParam<std::pair<WhenUnreachable, int>> {};

TEST_P(Seeds, WhateverHappens) {
  constexpr std::uint64_t kSeeds = 100;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto [does, nodes] = GetParam();
    Cluster cluster(does, seed, nodes);
    std::mt19937_64 random(seed * 7919);
    for (int fault = 0; fault < 40; ++fault) {
      cluster.run(std::chrono::milliseconds{random() % 4000});
      strike(cluster, random);
    }
    if (does == WhenUnreachable::kRelease) {
      ASSERT_EQ(cluster.two_holders(), 0);
    }
    mend(cluster);
    cluster.run(30s);
    ASSERT_TRUE(cluster.holds(kA) && cluster.holders() == 1)
        << cluster.reason(kA) << " / " << cluster.reason(kB);
    const int moves = cluster.moves();
    cluster.run(30s);
    ASSERT_EQ(cluster.moves(), moves);
    ASSERT_EQ(cluster.holders(), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Witness, Seeds,
                         testing::Values(std::pair{WhenUnreachable::kHold, 2},
                                         std::pair{WhenUnreachable::kRelease, 2},
                                         std::pair{WhenUnreachable::kHold, 3},
                                         std::pair{WhenUnreachable::kRelease, 3}));

}  // namespace
}  // namespace holdfast::witness
