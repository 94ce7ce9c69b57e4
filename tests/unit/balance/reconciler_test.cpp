// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/reconciler.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/balance/balance_fixture.h"

// The smallest list of commands, and its order.
namespace holdfast::balance {
namespace {

ServiceKey key(std::uint16_t port) {
  return {Family::kIpv4, 0, Protocol::kTcp, {IpAddress::v4({192, 0, 2, 10}), port}};
}

ServiceOptions scheduled(const std::string& scheduler) {
  ServiceOptions options;
  options.scheduler = scheduler;
  return options;
}

SyncDaemon daemon_on(const std::string& interface) {
  SyncDaemon daemon;
  daemon.interface = interface;
  return daemon;
}

IpvsTable one_service() {
  IpvsTable table;
  table.services[key(80)] = {scheduled("wlc"), {{at(1), weighing(1)}, {at(2), weighing(1)}}};
  return table;
}

TEST(Reconciler, WhatIsAsItShouldBeNeedsNothing) {
  IpvsTable actual = one_service();
  actual.timeouts = {900, 120, 300};
  EXPECT_EQ(commands_to(actual, one_service(), {}, {}), IpvsCommands{});
}

TEST(Reconciler, AnEmptyTableIsFilledServiceByService) {
  EXPECT_EQ(commands_to({}, one_service(), {}, {}),
            (IpvsCommands{AddService{key(80), scheduled("wlc")},
                          AddDestination{key(80), at(1), weighing(1)},
                          AddDestination{key(80), at(2), weighing(1)}}));
}

TEST(Reconciler, WhatIsNewComesBeforeWhatGoes) {
  IpvsTable desired = one_service();
  Destinations& servers = desired.services[key(80)].destinations;
  servers = {{at(2), weighing(5)}, {at(3), weighing(1)}};
  desired.services[key(80)].options = scheduled("rr");
  EXPECT_EQ(commands_to(one_service(), desired, {}, {}),
            (IpvsCommands{
                AddDestination{key(80), at(3), weighing(1)}, EditService{key(80), scheduled("rr")},
                EditDestination{key(80), at(2), weighing(5)}, RemoveDestination{key(80), at(1)}}));
}

TEST(Reconciler, OnlyOwnServicesAreRemoved) {
  IpvsTable actual = one_service();
  actual.services[key(443)] = {scheduled("rr"), {{at(9), weighing(1)}}};
  actual.services[key(8080)] = {scheduled("rr"), {}};
  EXPECT_EQ(commands_to(actual, one_service(), {key(80), key(443)}, {}),
            IpvsCommands{RemoveService{key(443)}});
}

TEST(Reconciler, TimeoutsThatAreNotWantedAreLeftAlone) {
  IpvsTable actual;
  actual.timeouts = {900, 120, 300};
  IpvsTable desired;
  desired.timeouts = {0, 60, 300};
  EXPECT_EQ(commands_to(actual, desired, {}, {}), IpvsCommands{SetTimeouts{desired.timeouts}});
  desired.timeouts = {0, 120, 0};
  EXPECT_EQ(commands_to(actual, desired, {}, {}), IpvsCommands{});
}

TEST(Reconciler, ADaemonIsStoppedBeforeAnotherStarts) {
  IpvsTable actual;
  actual.sync = {{SyncRole::kBackup, daemon_on("eth0")}};
  IpvsTable desired;
  desired.sync = {{SyncRole::kMaster, daemon_on("eth0")}};
  EXPECT_EQ(
      commands_to(actual, desired, {}, {SyncRole::kBackup}),
      (IpvsCommands{StopSync{SyncRole::kBackup}, StartSync{SyncRole::kMaster, daemon_on("eth0")}}));
  desired.sync = {{SyncRole::kBackup, daemon_on("eth1")}};
  EXPECT_EQ(
      commands_to(actual, desired, {}, {}),
      (IpvsCommands{StopSync{SyncRole::kBackup}, StartSync{SyncRole::kBackup, daemon_on("eth1")}}));
}

TEST(Reconciler, ADaemonOfSomebodyElseStays) {
  IpvsTable actual;
  actual.sync = {{SyncRole::kBackup, daemon_on("eth0")}};
  EXPECT_EQ(commands_to(actual, {}, {}, {}), IpvsCommands{});
}

// Of any two tables: the commands lead from one to the other, each is needed, and no service is at
// any moment without a server that it has before and after.
TEST(Reconciler, RandomTablesAreReached) {
  std::mt19937_64 random(20261126);
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  const auto table = [&] {
    IpvsTable one;
    for (std::uint16_t port = 1; port <= 4; ++port) {
      if (below(3) == 0) continue;
      Service& service = one.services[key(port)];
      service.options = scheduled(below(2) == 0 ? "rr" : "wlc");
      for (std::uint8_t last = 1; last <= 5; ++last) {
        if (below(2) == 0) service.destinations[at(last)] = weighing(below(3));
      }
    }
    if (below(2) == 0) one.sync[SyncRole::kMaster] = daemon_on(below(2) == 0 ? "eth0" : "eth1");
    if (below(2) == 0) one.sync[SyncRole::kBackup] = daemon_on("eth0");
    return one;
  };
  std::set<ServiceKey> owned;
  for (std::uint16_t port = 1; port <= 4; ++port) owned.insert(key(port));
  for (int round = 0; round < 500; ++round) {
    const IpvsTable from = table();
    const IpvsTable to = table();
    IpvsTable now = from;
    for (const IpvsCommand& command :
         commands_to(from, to, owned, {SyncRole::kMaster, SyncRole::kBackup})) {
      const IpvsTable before = now;
      apply(command, now);
      ASSERT_NE(now, before) << "round " << round << ": a command that does nothing";
      for (const auto& [key, service] : to.services) {
        const auto old = from.services.find(key);
        if (old == from.services.end()) continue;
        for (const auto& [endpoint, options] : service.destinations) {
          if (!old->second.destinations.contains(endpoint)) continue;
          ASSERT_TRUE(now.services.at(key).destinations.contains(endpoint)) << "round " << round;
        }
      }
    }
    ASSERT_EQ(now, to) << "round " << round;
  }
}

}  // namespace
}  // namespace holdfast::balance
