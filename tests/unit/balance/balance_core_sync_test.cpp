// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/balance/core_fixture.h"

// The synchronization of connections, and the timeouts.
namespace holdfast::balance {
namespace {

class BalanceSyncTest : public BalanceCoreTest {
 protected:
  BalanceSyncTest() {
    config.load_balancing.sync.emplace();
    config.load_balancing.sync->interface = "eth0";
    config.load_balancing.sync->instance = "vip";
  }
  Lines start() {
    tell(config);
    return tell(Begin{});
  }
  Lines router(VrrpState state) { return tell(RouterState{"vip", state, {}, now, ""}); }
};

TEST_F(BalanceSyncTest, FollowsItsRouter) {
  EXPECT_EQ(start(), (Lines{"read", "+sync backup eth0", "TableFilled"}));
  EXPECT_EQ(router(VrrpState::kBackup), Lines{});
  EXPECT_EQ(router(VrrpState::kActive), (Lines{"-sync backup", "+sync master eth0"}));
  EXPECT_EQ(router(VrrpState::kFault), (Lines{"-sync master", "+sync backup eth0"}));
  EXPECT_EQ(tell(RouterState{"other", VrrpState::kActive, {}, now, ""}), Lines{});
}

TEST_F(BalanceSyncTest, WithoutARouterItIsBoth) {
  config.load_balancing.sync->instance.clear();
  EXPECT_EQ(start(), (Lines{"read", "+sync master eth0", "+sync backup eth0", "TableFilled"}));
}

TEST_F(BalanceSyncTest, ARestartKnowsItsRouterBeforeItBegins) {
  kernel->sync[SyncRole::kMaster].interface = "eth0";
  router(VrrpState::kActive);
  EXPECT_EQ(start(), (Lines{"read", "TableFilled"}));
}

TEST_F(BalanceSyncTest, WhatACrashOfAllLeftInTheOtherRoleIsOurs) {
  kernel->sync[SyncRole::kMaster].interface = "eth0";
  EXPECT_EQ(start(), (Lines{"read", "-sync master", "+sync backup eth0", "TableFilled"}));
}

TEST_F(BalanceSyncTest, OfOneThatIsNotConfiguredTheOperatorIsTold) {
  kernel->sync[SyncRole::kMaster] = {.interface = "eth7", .id = 9};
  EXPECT_EQ(start(), (Lines{"read", "+sync backup eth0", "TableFilled"}));
  const Lines told = logged;
  EXPECT_EQ(told.front(),
            "the kernel runs a connection synchronization master on eth7 with id 9 that is not "
            "configured here, and is left alone; if an earlier configuration left it: ipvsadm "
            "--stop-daemon master");
  wake();
  EXPECT_EQ(logged, told) << "once";
  EXPECT_TRUE(kernel->sync.contains(SyncRole::kMaster));
}

TEST_F(BalanceSyncTest, ItEndsWithItsConfigurationAndWithUs) {
  start();
  EXPECT_EQ(tell(Stop{}), Lines{"-sync backup"});
  core = BalanceCore();
  start();
  config.load_balancing.sync.reset();
  EXPECT_EQ(tell(config), Lines{"-sync backup"});
}

TEST_F(BalanceCoreTest, TimeoutsAreSetIfConfigured) {
  kernel->timeouts = {900, 120, 300};
  config.load_balancing.tcp_timeout = 60;
  tell(config);
  EXPECT_EQ(tell(Begin{}), (Lines{"read", "timeouts 60", "TableFilled"}));
  EXPECT_EQ(kernel->timeouts, (Timeouts{60, 120, 300}));
}

}  // namespace
}  // namespace holdfast::balance
