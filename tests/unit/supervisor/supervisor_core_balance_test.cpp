// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/supervisor/driver.h"

// The balance-worker, which runs only if there is something to balance.
namespace holdfast::supervisor {
namespace {

Config balanced() {
  return with_service(config_of({"web"}, {"app"}));
}

ServiceState service_state(bool quorum) {
  return {"shop", quorum, 1, 1, 1, false, false, Time{seconds{7}}, "a reason"};
}

TEST(SupervisorBalance, RunsOnlyWithVirtualServers) {
  Driver driver;
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {})}), Lines{"Spawn vrrp-worker"});
  EXPECT_EQ(driver.core.workers().size(), 1U);
  Driver other;
  EXPECT_EQ(other.tell(ConfigLoaded{balanced()}),
            (Lines{"Spawn vrrp-worker", "Spawn check-worker", "Spawn balance-worker"}));
  EXPECT_EQ(other.core.workers().size(), 3U);
}

TEST(SupervisorBalance, RunsAloneWithoutRouters) {
  Driver driver;
  EXPECT_EQ(driver.tell(ConfigLoaded{with_service(config_of({}, {}))}),
            Lines{"Spawn balance-worker"});
  driver.say(Role::kBalance, Hello{Role::kBalance, kBuild});
  EXPECT_EQ(driver.say(Role::kBalance, Configured{{1}}),
            (Lines{"info: balance-worker runs", "Ready"}))
      << "it has its table to fill";
  EXPECT_EQ(driver.say(Role::kBalance, TableFilled{}), Lines{"Withdraw"})
      << "what a killed daemon left behind";
  EXPECT_EQ(driver.say(Role::kBalance, TableFilled{}), Lines{});
  EXPECT_EQ(driver.tell(ConfigLoaded{balanced()}),
            (Lines{"Spawn vrrp-worker", "Spawn check-worker", "Send balance-worker Configure 2"}));
}

TEST(SupervisorBalance, AnythingStaticHasAVrrpWorker) {
  Driver driver;
  Config config = config_of({}, {});
  config.fixed.routes.emplace_back();
  EXPECT_EQ(driver.tell(ConfigLoaded{config}), Lines{"Spawn vrrp-worker"});
}

TEST(SupervisorBalance, OutlivesTheLastRouterAndItsWorker) {
  Driver driver;
  driver.run(with_service(config_of({"web"}, {})));
  driver.tell(ConfigLoaded{with_service(config_of({}, {}))});
  driver.say(Role::kBalance, Configured{{2}});
  const Lines stop = driver.say(Role::kVrrp, Configured{{2}});
  EXPECT_NE(std::find(stop.begin(), stop.end(), "Send vrrp-worker Shutdown"), stop.end());
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0), Lines{"info: vrrp-worker stopped"})
      << "it has let go of all itself";
}

TEST(SupervisorBalance, WithoutAnythingToDoIsReadyAtOnce) {
  Driver driver;
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({}, {})}), (Lines{"Ready", "Withdraw"}));
}

TEST(SupervisorBalance, AddressesWaitForTheirTable) {
  Driver driver;
  driver.tell(ConfigLoaded{balanced()});
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            Lines{"Send vrrp-worker Configure 1"})
      << "no Start yet";
  driver.say(Role::kVrrp, Configured{{1}});
  driver.bring_up(Role::kCheck);
  driver.bring_up(Role::kBalance);
  EXPECT_EQ(driver.say(Role::kBalance, TableFilled{}), Lines{"Send vrrp-worker Start first"});
  EXPECT_EQ(driver.say(Role::kBalance, TableFilled{}), Lines{});
  driver.kill(Role::kVrrp);
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back().substr(0, 22),
            "Send vrrp-worker Start");
}

TEST(SupervisorBalance, AddressesDoNotWaitForEver) {
  Driver driver;
  driver.tell(ConfigLoaded{balanced()});
  driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
  driver.say(Role::kVrrp, Configured{{1}});
  driver.bring_up(Role::kCheck);
  driver.bring_up(Role::kBalance);
  const Time began = driver.now;
  Lines lines;
  while (lines.empty() || lines.back() != "Send vrrp-worker Start first") {
    for (const Role role : kRoles) driver.say(role, Heartbeat{});
    ASSERT_LE(driver.now, began + seconds{6});
    lines = driver.wake_in(milliseconds{200});
  }
  EXPECT_GE(driver.now, began + seconds{5});
}

TEST(SupervisorBalance, ATableThatIsFilledFirstMakesNobodyWait) {
  Driver driver;
  driver.tell(ConfigLoaded{balanced()});
  driver.bring_up(Role::kBalance);
  driver.say(Role::kBalance, TableFilled{});
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 1", "Send vrrp-worker Start first"}));
}

TEST(SupervisorBalance, WhatItSaysOfAServiceIsToldAndPassedOn) {
  Driver driver;
  driver.run(balanced());
  EXPECT_EQ(driver.say(Role::kBalance, service_state(true)),
            (Lines{"Send vrrp-worker ServiceState shop", "Notify shop INIT->UP 0: a reason"}));
  EXPECT_EQ(driver.say(Role::kBalance, service_state(true)),
            Lines{"Send vrrp-worker ServiceState shop"});
  EXPECT_EQ(driver.say(Role::kBalance, service_state(false)),
            (Lines{"Send vrrp-worker ServiceState shop", "Notify shop UP->DOWN 0: a reason"}));
}

TEST(SupervisorBalance, ItHearsOfChecksAndRouters) {
  Driver driver;
  driver.run(balanced());
  EXPECT_EQ(driver.say(Role::kCheck, check_state("app")),
            (Lines{"Send vrrp-worker CheckState app", "Send balance-worker CheckState app"}));
  const Lines lines = driver.say(Role::kVrrp, router_state("web", VrrpState::kActive));
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "Send check-worker RouterState web");
  EXPECT_EQ(lines[1], "Send balance-worker RouterState web");
}

TEST(SupervisorBalance, ItsNextLifeIsToldEverything) {
  Driver driver;
  driver.run(balanced());
  driver.say(Role::kCheck, check_state("app"));
  driver.say(Role::kBalance, service_state(true));
  ServerState server;
  server.server = "shop/10.0.0.1:80";
  driver.say(Role::kBalance, server);
  EXPECT_EQ(driver.kill(Role::kBalance).back(), "Spawn balance-worker");
  const Lines lines = driver.say(Role::kBalance, Hello{Role::kBalance, kBuild});
  EXPECT_EQ(Lines(lines.begin(), lines.end() - 1),
            (Lines{"Send balance-worker Configure 1", "Send balance-worker CheckState app",
                   "Send balance-worker ServiceState shop",
                   "Send balance-worker ServerState shop/10.0.0.1:80"}));
}

TEST(SupervisorBalance, AReloadMayStartItAndLetItFinish) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}));
  const Lines started = driver.tell(ConfigLoaded{balanced()});
  EXPECT_EQ(started.back(), "Spawn balance-worker");
  for (const Role role : {Role::kVrrp, Role::kCheck}) driver.say(role, Configured{{2}});
  driver.say(Role::kBalance, Hello{Role::kBalance, kBuild});
  EXPECT_EQ(driver.say(Role::kBalance, Configured{{2}}),
            (Lines{"info: balance-worker runs", "Ready"}));
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {"app"})}).back(),
            "Send balance-worker Configure 3");
  for (const Role role : {Role::kVrrp, Role::kCheck}) driver.say(role, Configured{{3}});
  EXPECT_EQ(driver.say(Role::kBalance, Configured{{3}}), Lines{"Send balance-worker Shutdown"});
  EXPECT_EQ(driver.exit_with(Role::kBalance, 0), Lines{"info: balance-worker stopped"});
  EXPECT_EQ(driver.core.workers().size(), 2U);
}

TEST(SupervisorBalance, WantedAgainWhileItStopsItIsStartedAnew) {
  Driver driver;
  driver.run(balanced());
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.say(Role::kBalance, Configured{{2}}), Lines{"Send balance-worker Shutdown"});
  driver.tell(ConfigLoaded{balanced()});
  EXPECT_EQ(driver.exit_with(Role::kBalance, 0),
            (Lines{"info: balance-worker stopped", "Spawn balance-worker"}));
}

TEST(SupervisorBalance, OneThatFailsIsNotStartedAgainForNothing) {
  Driver driver;
  driver.run(balanced());
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.kill(Role::kBalance), Lines{"warning: balance-worker killed by SIGKILL"});
}

TEST(SupervisorBalance, ItServesUntilTheAddressesAreHandedOver) {
  Driver driver;
  driver.run(balanced());
  EXPECT_EQ(driver.tell(Terminate{}),
            (Lines{"Send vrrp-worker Shutdown", "Send check-worker Shutdown"}));
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), Lines{"info: check-worker stopped"});
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0),
            (Lines{"info: vrrp-worker stopped", "Send balance-worker Shutdown"}));
  EXPECT_EQ(driver.exit_with(Role::kBalance, 0), (Lines{"info: balance-worker stopped", "Exit 0"}));
}

TEST(SupervisorBalance, AStopThatKeepsTheTableLetsItGo) {
  Driver driver;
  driver.run(balanced());
  EXPECT_EQ(driver.tell(Terminate{.keep_table = true}),
            (Lines{"Send vrrp-worker Shutdown", "Send check-worker Shutdown"}));
  driver.exit_with(Role::kCheck, 0);
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0),
            (Lines{"info: vrrp-worker stopped", "LetGo balance-worker"}));
  EXPECT_EQ(driver.exit_with(Role::kBalance, 0), (Lines{"info: balance-worker stopped", "Exit 0"}));
}

TEST(SupervisorBalance, OmegaIsToldAtTheEnd) {
  Driver driver;
  Config config = balanced();
  config.notify.services["shop"].down_at_stop = true;
  driver.run(config);
  driver.say(Role::kBalance, service_state(true));
  driver.tell(Terminate{});
  driver.exit_with(Role::kCheck, 0);
  driver.exit_with(Role::kVrrp, 0);
  EXPECT_EQ(
      driver.exit_with(Role::kBalance, 0),
      (Lines{"info: balance-worker stopped", "Notify shop UP->DOWN 0: holdfastd stops", "Exit 0"}));
}

}  // namespace
}  // namespace holdfast::supervisor
