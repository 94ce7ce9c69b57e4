// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/balance/pool_fixture.h"

// What the operator says of a server counts before its health.
namespace holdfast::balance {
namespace {

TEST_F(PoolTest, ADisabledServerIsTakenOut) {
  begin(web(2));
  order(1, OrderKind::kDisable);
  EXPECT_EQ(table(), "2:1");
  EXPECT_EQ(server(1).reason, "disabled by the operator");
  EXPECT_TRUE(server(1).healthy);
  check(1, true);
  EXPECT_EQ(table(), "2:1");
  EXPECT_EQ(pool.service().weight, 1U) << "it counts for nothing";
  order(1, OrderKind::kNone);
  EXPECT_EQ(table(), "1:1 2:1");
}

TEST_F(PoolTest, ADrainedServerKeepsWhatItHas) {
  begin(web(2));
  order(1, OrderKind::kDrain);
  EXPECT_EQ(table(), "1:0 2:1");
  check(1, false);
  EXPECT_EQ(table(), "1:0 2:1") << "the order stands";
}

TEST_F(PoolTest, AnOrderOfAWeightIsStillASharedOne) {
  begin(web(2));
  order(1, OrderKind::kWeight, 10);
  EXPECT_EQ(table(), "1:10 2:1");
  check(1, true, 50);
  EXPECT_EQ(table(), "1:5 2:1");
  order(1, OrderKind::kWeight, 0);
  EXPECT_EQ(table(), "1:0 2:1");
  check(1, false);
  EXPECT_EQ(table(), "2:1") << "a weight does not outweigh health";
}

TEST_F(PoolTest, AnOrderEndsAtItsTime) {
  begin(web(2));
  order(1, OrderKind::kDisable, 0, now + seconds{10});
  EXPECT_EQ(table(), "2:1");
  EXPECT_EQ(pool.deadline(), now + seconds{10});
  now += seconds{10};
  pool.decide(now);
  EXPECT_EQ(table(), "1:1 2:1");
  EXPECT_EQ(pool.deadline(), std::nullopt);
}

TEST_F(PoolTest, NoPanicBringsBackWhatTheOperatorTook) {
  begin(web(2));
  order(1, OrderKind::kDisable);
  check(1, false);
  check(2, false);
  EXPECT_EQ(table(), "2:1");
  order(2, OrderKind::kDisable);
  EXPECT_EQ(table(), "");
}

TEST_F(PoolTest, AnOrderAboutAStrangerIsNothing) {
  begin(web(1));
  order(9, OrderKind::kDisable);
  EXPECT_EQ(table(), "1:1");
}

}  // namespace
}  // namespace holdfast::balance
