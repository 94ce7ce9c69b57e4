// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/balance/pool_fixture.h"

// Which servers a virtual server uses as their health, its quorum and the panic say.
namespace holdfast::balance {
namespace {

SorryServerConfig sorry() {
  return {at(99), {}};
}

TEST_F(PoolTest, ServersAreUsedUntilAResultSaysOtherwise) {
  begin(web(2));
  EXPECT_EQ(table(), "1:1 2:1");
  EXPECT_TRUE(pool.settled());
  check(1, false);
  EXPECT_EQ(table(), "2:1");
  EXPECT_EQ(server(1).use, ServerUse::kAbsent);
  EXPECT_EQ(server(1).reason, "check check1 is down: connection refused");
  EXPECT_EQ(server(1).since, now);
  check(1, true);
  EXPECT_EQ(table(), "1:1 2:1");
  EXPECT_EQ(pool.service().reason, "2 of 2 servers healthy, weight 2, quorum 1");
}

TEST_F(PoolTest, InitiallyDownTheyWaitForAResult) {
  VirtualServerConfig config = web(2);
  config.initially_up = false;
  begin(config);
  EXPECT_EQ(table(), "");
  EXPECT_FALSE(pool.settled());
  EXPECT_FALSE(pool.service().quorum);
  check(1, true);
  EXPECT_EQ(table(), "1:1");
  EXPECT_TRUE(pool.service().quorum);
  check(2, false);
  EXPECT_EQ(table(), "1:1");
  EXPECT_TRUE(pool.settled());
}

TEST_F(PoolTest, AWeightIsAShareOfTheConfiguredOne) {
  VirtualServerConfig config = web(2);
  config.real_servers[0].weight = 40;
  begin(config);
  check(1, true, 50);
  EXPECT_EQ(table(), "1:20 2:1");
  check(1, true, 1);
  EXPECT_EQ(table(), "1:1 2:1") << "some health is some weight";
  check(1, true, 0);
  EXPECT_EQ(table(), "1:0 2:1");
  EXPECT_EQ(server(1).use, ServerUse::kQuiet);
  EXPECT_TRUE(server(1).healthy);
}

TEST_F(PoolTest, AServerOfWeight0IsQuiet) {
  VirtualServerConfig config = web(2);
  config.real_servers[0].weight = 0;
  begin(config);
  EXPECT_EQ(table(), "1:0 2:1");
  EXPECT_EQ(server(1).reason, "its weight is 0; check check1 has no result yet: taken to be up");
}

TEST_F(PoolTest, AFailedOneMayKeepItsPlaceWithoutWeight) {
  VirtualServerConfig config = web(2);
  config.real_servers[0].on_failure.action = OnFailure::kZeroWeight;
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "1:0 2:1");
  EXPECT_EQ(server(1).use, ServerUse::kQuiet);
}

TEST_F(PoolTest, AFailedOneMayDrainForATime) {
  VirtualServerConfig config = web(2);
  config.real_servers[0].on_failure = {OnFailure::kDrain, seconds{30}};
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "1:0 2:1");
  EXPECT_EQ(server(1).reason, "drains; check check1 is down: connection refused");
  EXPECT_EQ(pool.deadline(), now + seconds{30});
  check(2, true);
  now += seconds{28};
  pool.decide(now);
  EXPECT_EQ(table(), "1:0 2:1");
  now += seconds{1};
  pool.decide(now);
  EXPECT_EQ(table(), "2:1");
  EXPECT_EQ(pool.deadline(), std::nullopt);
  check(1, true);
  check(1, false);
  EXPECT_EQ(table(), "1:0 2:1") << "a second failure drains anew";
}

TEST_F(PoolTest, OneThatNeverServedDoesNotDrain) {
  VirtualServerConfig config = web(1);
  config.initially_up = false;
  config.real_servers[0].on_failure = {OnFailure::kDrain, seconds{30}};
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "");
}

// ---- The quorum.

TEST_F(PoolTest, HysteresisIsNeededToGainAndToLose) {
  VirtualServerConfig config = web(5);
  config.quorum = 3;
  config.hysteresis = 1;
  begin(config);
  EXPECT_TRUE(pool.service().quorum);
  const Time since = pool.service().since;
  check(1, false);
  check(2, false);
  check(3, false);
  EXPECT_TRUE(pool.service().quorum) << "2 is 3 - 1";
  EXPECT_EQ(pool.service().since, since);
  check(4, false);
  EXPECT_FALSE(pool.service().quorum);
  EXPECT_EQ(pool.service().since, now);
  check(4, true);
  check(3, true);
  EXPECT_FALSE(pool.service().quorum) << "3 is less than 3 + 1";
  check(2, true);
  EXPECT_TRUE(pool.service().quorum);
}

TEST_F(PoolTest, TheFirstDecisionHasNoHysteresis) {
  VirtualServerConfig config = web(3);
  config.quorum = 3;
  config.hysteresis = 1;
  begin(config);
  EXPECT_TRUE(pool.service().quorum);
}

TEST_F(PoolTest, TheQuorumCountsWeights) {
  VirtualServerConfig config = web(2);
  config.quorum = 10;
  config.real_servers[0].weight = 10;
  begin(config);
  check(2, false);
  EXPECT_TRUE(pool.service().quorum);
  check(1, true, 50);
  EXPECT_FALSE(pool.service().quorum);
}

// ---- The sorry server.

TEST_F(PoolTest, WithoutAQuorumTheSorryServerServes) {
  VirtualServerConfig config = web(2);
  config.quorum = 2;
  config.sorry_server = sorry();
  begin(config);
  EXPECT_EQ(table(), "1:1 2:1");
  check(1, false);
  EXPECT_EQ(table(), "2:0 99:1") << "what the healthy one has goes on";
  EXPECT_TRUE(pool.service().sorry);
  EXPECT_EQ(server(2).reason,
            "the sorry server stands for it: 1 of 2 servers healthy, weight 1, quorum 2");
  check(2, false);
  EXPECT_EQ(table(), "99:1") << "no panic where a sorry server stands by";
  EXPECT_FALSE(pool.service().panic);
  check(1, true);
  check(2, true);
  EXPECT_EQ(table(), "1:1 2:1");
  EXPECT_FALSE(pool.service().sorry);
}

TEST_F(PoolTest, ASorryServerMayBeOneOfTheServers) {
  VirtualServerConfig config = web(2);
  config.quorum = 2;
  config.sorry_server = SorryServerConfig{at(2), {}};
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "2:1");
  check(1, true);
  EXPECT_EQ(table(), "1:1 2:1");
}

// ---- Panic.

TEST_F(PoolTest, TheLastServerIsNeverTaken) {
  begin(web(3));
  check(1, false);
  check(3, false);
  EXPECT_EQ(table(), "2:1");
  EXPECT_FALSE(pool.service().panic);
  check(2, false);
  EXPECT_EQ(table(), "2:1");
  EXPECT_TRUE(pool.service().panic);
  EXPECT_FALSE(pool.service().quorum) << "it serves, but nobody is to count on it";
  EXPECT_EQ(server(2).reason,
            "serves all the same, the last one that failed; "
            "check check2 is down: connection refused");
  check(1, true);
  EXPECT_EQ(table(), "1:1");
}

TEST_F(PoolTest, OneThatWasNeverUpIsNotTheLast) {
  VirtualServerConfig config = web(1);
  config.initially_up = false;
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "");
  EXPECT_FALSE(pool.service().panic);
}

TEST_F(PoolTest, BelowAShareAllOfThemServe) {
  VirtualServerConfig config = web(4);
  config.panic = {true, 50};
  begin(config);
  check(1, false);
  check(2, false);
  EXPECT_EQ(table(), "3:1 4:1") << "50% are not fewer than 50%";
  check(3, false);
  EXPECT_EQ(table(), "1:1 2:1 3:1 4:1");
  EXPECT_TRUE(pool.service().panic);
  check(1, true);
  EXPECT_EQ(table(), "1:1 4:1");
}

TEST_F(PoolTest, PanicMayBeOff) {
  VirtualServerConfig config = web(1);
  config.panic = {false, 0};
  begin(config);
  check(1, false);
  EXPECT_EQ(table(), "");
}

// ---- Other lives.

TEST_F(PoolTest, ARestartChangesNothing) {
  VirtualServerConfig config = web(4);
  config.quorum = 3;
  config.hysteresis = 1;
  config.panic = {false, 0};
  config.real_servers[3].on_failure = {OnFailure::kDrain, seconds{30}};
  begin(config);
  check(3, false);
  check(4, false);
  EXPECT_TRUE(pool.service().quorum);
  const Pool before = pool;
  pool = Pool(config);
  pool.restore(before.service());
  for (std::size_t i = 0; i < before.size(); ++i) pool.restore(before.server(i));
  now += seconds{5};
  look();
  EXPECT_EQ(pool.service(), before.service()) << "the hysteresis too";
  EXPECT_EQ(table(), "1:1 2:1 4:0");
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(pool.server(i), before.server(i));
  EXPECT_EQ(pool.deadline(), before.deadline());
}

TEST_F(PoolTest, AReloadKeepsWhatIsKnown) {
  begin(web(3));
  check(1, false);
  check(2, false);
  check(3, false);
  VirtualServerConfig config = web(3);
  config.real_servers[2].weight = 7;
  Pool next(config);
  next.inherit(pool);
  pool = next;
  look();
  EXPECT_EQ(table(), "3:7") << "still the last";
}

}  // namespace
}  // namespace holdfast::balance
