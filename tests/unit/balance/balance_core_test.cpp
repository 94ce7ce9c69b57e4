// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/balance/core_fixture.h"

namespace holdfast::balance {
namespace {

TEST_F(BalanceCoreTest, NothingIsDoneBeforeItBegins) {
  config.virtual_servers = {web(1)};
  EXPECT_EQ(tell(config), Lines{});
  EXPECT_EQ(check(1, false), Lines{});
  EXPECT_EQ(core.deadline(), std::nullopt);
}

TEST_F(BalanceCoreTest, ItReadsThenFillsTheTable) {
  EXPECT_EQ(begin(web(2)), (Lines{"read", "+192.0.2.10:80 wlc", "+10.0.0.1:80 1", "+10.0.0.2:80 1",
                                  "web/10.0.0.1:80 serving 1", "web/10.0.0.2:80 serving 1",
                                  "web up", "TableFilled"}));
  EXPECT_EQ(logged.back(), "1 virtual server with 2 real servers in the kernel's table");
}

TEST_F(BalanceCoreTest, AHealthChangeIsOneCommand) {
  begin(web(3));
  EXPECT_EQ(check(2, false), (Lines{"-10.0.0.2:80", "web/10.0.0.2:80 absent 0", "web up"}));
  EXPECT_EQ(check(2, false), Lines{}) << "nothing new";
  EXPECT_EQ(check(2, true), (Lines{"+10.0.0.2:80 1", "web/10.0.0.2:80 serving 1", "web up"}));
  EXPECT_EQ(tell(CheckState{"unknown", false, 0, now, ""}), Lines{});
}

TEST_F(BalanceCoreTest, WhatDiesTogetherIsDecidedUponTogether) {
  begin(web(3));
  EXPECT_EQ(tell(check_state(1, false, now)), Lines{});
  EXPECT_EQ(core.deadline(), now) << "at once";
  EXPECT_EQ(tell(check_state(2, false, now)), Lines{});
  EXPECT_EQ(wake(), (Lines{"-10.0.0.1:80", "-10.0.0.2:80", "web/10.0.0.1:80 absent 0",
                           "web/10.0.0.2:80 absent 0", "web up"}));
  EXPECT_GT(core.deadline(), now);
}

TEST_F(BalanceCoreTest, AReloadDecidesUponWhatWaits) {
  begin(web(2));
  tell(check_state(1, false, now));
  EXPECT_EQ(tell(config), (Lines{"-10.0.0.1:80", "web/10.0.0.1:80 absent 0", "web up"}));
  tell(check_state(2, false, now));
  config.virtual_servers.clear();
  EXPECT_EQ(tell(config), Lines{"-192.0.2.10:80"});
  EXPECT_GT(core.deadline(), now) << "of a virtual server that has gone there is nothing to decide";
}

// Its servers are not checked while its addresses are another node's, and so what is said of them
// is old.
TEST_F(BalanceCoreTest, ThatChecksAreSuspendedIsSaid) {
  VirtualServerConfig service = web(1);
  service.ha_suspend = {"one"};
  begin(service);
  const auto reason = [this](VrrpState state) {
    RouterState router;
    router.router = "one";
    router.state = state;
    std::string said = "nothing";
    for (const BalanceAction& action : core.handle(router, now)) {
      const auto* const report = std::get_if<Report>(&action);
      const auto* const server =
          report == nullptr ? nullptr : std::get_if<ServerState>(&report->what);
      if (server != nullptr) said = server->reason;
    }
    return said;
  };
  const std::string own = "check check1 has no result yet: taken to be up";
  EXPECT_EQ(reason(VrrpState::kActive), own);
  EXPECT_EQ(reason(VrrpState::kBackup), "checks suspended; " + own);
  EXPECT_EQ(reason(VrrpState::kBackup), "nothing") << "no news";
}

TEST_F(BalanceCoreTest, ItSaysWhatChangesAndWhy) {
  begin(web(2));
  logged.clear();
  check(2, false);
  EXPECT_EQ(logged, Lines{"virtual server web: 10.0.0.2:80 is absent: check check2 is down: "
                          "connection refused"});
}

TEST_F(BalanceCoreTest, ARestartReadsBackAndChangesNothing) {
  begin(web(2));
  check(2, false);
  core = BalanceCore();
  tell(config);
  tell(check_state(2, false));
  tell(ServiceState{"web", true, 1, 1, 2, false, false, kStart,
                    "1 of 2 servers healthy, weight 1, quorum 1"});
  tell(ServerState{"web/10.0.0.1:80", ServerUse::kServing, 1, true, true, kStart,
                   "check check1 has no result yet: taken to be up"});
  tell(ServerState{"web/10.0.0.2:80", ServerUse::kAbsent, 0, false, true, kStart,
                   "check check2 is down: connection refused"});
  EXPECT_EQ(tell(Begin{}), (Lines{"read", "TableFilled"}));
}

TEST_F(BalanceCoreTest, WhatIsForeignStays) {
  ServiceKey foreign = web_key();
  foreign.endpoint.port = 443;
  kernel->services[foreign].options.scheduler = "rr";
  begin(web(1));
  tell(Stop{});
  EXPECT_EQ(kernel->services.size(), 1U);
  EXPECT_TRUE(kernel->services.contains(foreign));
}

TEST_F(BalanceCoreTest, AServiceThatIsThereIsTakenOver) {
  kernel->services[web_key()].options.scheduler = "rr";
  kernel->services[web_key()].destinations = {{at(1), weighing(1)}, {at(7), weighing(1)}};
  const Lines lines = begin(web(2));
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 4),
            (Lines{"read", "+10.0.0.2:80 1", "=192.0.2.10:80 wlc", "-10.0.0.7:80"}));
}

TEST_F(BalanceCoreTest, WhatOthersTookIsPutBack) {
  begin(web(2));
  kernel->services.clear();
  EXPECT_EQ(wake(), (Lines{"read", "+192.0.2.10:80 wlc", "+10.0.0.1:80 1", "+10.0.0.2:80 1"}));
  EXPECT_EQ(wake(), Lines{"read"});
}

TEST_F(BalanceCoreTest, WhatIsOursAndNoLongerConfiguredGoes) {
  ServiceKey former = web_key();
  former.endpoint.port = 443;
  kernel->services[former].options.scheduler = "rr";
  ours = {former};
  const Lines lines = begin(web(1));
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 4),
            (Lines{"read", "+192.0.2.10:80 wlc", "+10.0.0.1:80 1", "-192.0.2.10:443"}));
}

TEST_F(BalanceCoreTest, AnotherBackendIsReadAfterTheOldOneIsEmpty) {
  begin(web(1));
  config.load_balancing.backend = BalanceBackend::kNftables;
  EXPECT_EQ(tell(config),
            (Lines{"-192.0.2.10:80", "read", "+192.0.2.10:80 wlc", "+10.0.0.1:80 1"}));
  EXPECT_EQ(read_of, BalanceBackend::kNftables);
}

// ---- Reload.

TEST_F(BalanceCoreTest, AReloadOfNothingSendsNothing) {
  begin(web(2));
  EXPECT_EQ(tell(config), Lines{});
}

TEST_F(BalanceCoreTest, AReloadTouchesWhatChanged) {
  begin(web(2));
  config.virtual_servers[0].real_servers[0].weight = 5;
  config.virtual_servers[0].real_servers[1] = real_server(3);
  EXPECT_EQ(tell(config),
            (Lines{"+10.0.0.3:80 1", "=10.0.0.1:80 5", "-10.0.0.2:80", "web/10.0.0.1:80 serving 5",
                   "web/10.0.0.3:80 serving 1", "web up"}));
}

TEST_F(BalanceCoreTest, AServiceThatIsNoLongerConfiguredGoes) {
  begin(web(1));
  config.virtual_servers.clear();
  EXPECT_EQ(tell(config), Lines{"-192.0.2.10:80"});
  EXPECT_TRUE(kernel->services.empty());
}

TEST_F(BalanceCoreTest, AnotherAddressComesBeforeTheOldOneGoes) {
  begin(web(1));
  config.virtual_servers[0].addresses[0].endpoint.port = 8080;
  EXPECT_EQ(tell(config), (Lines{"+192.0.2.10:8080 wlc", "+10.0.0.1:80 1", "-192.0.2.10:80"}));
}

TEST_F(BalanceCoreTest, AFailedServerStaysFailedThroughAReload) {
  begin(web(2));
  check(1, false);
  config.virtual_servers[0].scheduler = "rr";
  EXPECT_EQ(tell(config), Lines{"=192.0.2.10:80 rr"});
}

// ---- Orders.

TEST_F(BalanceCoreTest, AnOrderIsObeyedAndEnds) {
  begin(web(2));
  EXPECT_EQ(tell(ServerOrder{"web/10.0.0.1:80", OrderKind::kDrain, 0, now + seconds{5}}),
            (Lines{"=10.0.0.1:80 0", "web/10.0.0.1:80 quiet 0", "web up"}));
  EXPECT_EQ(wake(), (Lines{"=10.0.0.1:80 1", "web/10.0.0.1:80 serving 1", "web up"}));
}

TEST_F(BalanceCoreTest, AnOrderOfAnEarlierLifeStands) {
  config.virtual_servers = {web(2)};
  tell(config);
  tell(ServerOrder{"web/10.0.0.1:80", OrderKind::kDisable, 0, {}});
  const Lines lines = tell(Begin{});
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 3),
            (Lines{"read", "+192.0.2.10:80 wlc", "+10.0.0.2:80 1"}));
}

// ---- A kernel that will not.

TEST_F(BalanceCoreTest, WithoutIpvsItSaysSoOnceAndTriesAgain) {
  kernel.reset();
  EXPECT_EQ(begin(web(1)), (Lines{"read", "web/10.0.0.1:80 absent 0", "web down", "TableFilled"}))
      << "nobody serves";
  EXPECT_EQ(logged.front(), "no load balancing: no IPVS");
  logged.clear();
  EXPECT_EQ(wake(), Lines{"read"});
  EXPECT_EQ(logged, Lines{});
  kernel.emplace();
  EXPECT_EQ(wake(), (Lines{"read", "+192.0.2.10:80 wlc", "+10.0.0.1:80 1",
                           "web/10.0.0.1:80 serving 1", "web up"}));
  EXPECT_EQ(logged.front(), "the kernel's table can be changed again");
}

TEST_F(BalanceCoreTest, ARefusedServiceHasNoQuorumAndIsTriedAgain) {
  refuses = "192.0.2.10:80 wlc";
  EXPECT_EQ(begin(web(0)), (Lines{"read", "+192.0.2.10:80 wlc", "web down", "TableFilled"}));
  logged.clear();
  EXPECT_EQ(wake(), (Lines{"read", "+192.0.2.10:80 wlc"})) << "no word of a change";
  EXPECT_EQ(logged, Lines{});
  refuses.clear();
  config.virtual_servers[0].quorum = 1;
  EXPECT_EQ(wake(), (Lines{"read", "+192.0.2.10:80 wlc", "web down"})) << "for want of servers";
}

// ---- The end, and the beginning.

TEST_F(BalanceCoreTest, WhatIsOursGoesAtTheEnd) {
  begin(web(2));
  EXPECT_EQ(tell(Stop{}), Lines{"-192.0.2.10:80"});
  EXPECT_EQ(core.deadline(), std::nullopt);
}

TEST_F(BalanceCoreTest, AStopWhileTheTableIsNotKnownReadsItFirst) {
  begin(web(1));
  const IpvsTable full = *kernel;
  kernel.reset();
  EXPECT_EQ(wake().front(), "read");
  kernel = full;
  EXPECT_EQ(tell(Stop{}), (Lines{"read", "-192.0.2.10:80"}));
}

TEST_F(BalanceCoreTest, AStopBeforeTheBeginningTakesOutWhatAFormerLifeLeft) {
  kernel->services[web_key()].options.scheduler = "wlc";
  config.virtual_servers = {web(1)};
  tell(config);
  EXPECT_EQ(tell(Stop{}), (Lines{"read", "-192.0.2.10:80"}));
}

TEST_F(BalanceCoreTest, WhatIsRefusedAtTheEndIsTriedOnceMore) {
  begin(web(1));
  refuses = "-192.0.2.10:80";
  EXPECT_EQ(tell(Stop{}), (Lines{"-192.0.2.10:80", "read", "-192.0.2.10:80"}));
}

TEST_F(BalanceCoreTest, ARemovalThatIsRefusedIsNotForgotten) {
  begin(web(1));
  refuses = "-192.0.2.10:80";
  config.virtual_servers.clear();
  EXPECT_EQ(tell(config), Lines{"-192.0.2.10:80"});
  config.load_balancing.udp_timeout = 77;
  tell(config);  // whatever else is changed before the table is read again
  refuses.clear();
  EXPECT_EQ(wake(), (Lines{"read", "-192.0.2.10:80"}));
}

TEST_F(BalanceCoreTest, UnlessItIsToBeKept) {
  config.load_balancing.keep_at_stop = true;
  begin(web(2));
  EXPECT_EQ(tell(Stop{}), Lines{});
}

TEST_F(BalanceCoreTest, TheTableIsFilledWhenWaitingServersHaveTheirResults) {
  VirtualServerConfig service = web(2);
  service.initially_up = false;
  EXPECT_EQ(begin(service), (Lines{"read", "+192.0.2.10:80 wlc", "web/10.0.0.1:80 absent 0",
                                   "web/10.0.0.2:80 absent 0", "web down"}));
  EXPECT_EQ(check(1, true), (Lines{"+10.0.0.1:80 1", "web/10.0.0.1:80 serving 1", "web up"}));
  EXPECT_EQ(check(2, false), (Lines{"web/10.0.0.2:80 absent 0", "TableFilled"}));
}

}  // namespace
}  // namespace holdfast::balance
