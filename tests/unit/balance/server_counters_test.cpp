// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/server_counters.h"

#include <gtest/gtest.h>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

DestinationCounters counted(std::uint32_t active, std::uint64_t connections) {
  DestinationCounters counters;
  counters.active = active;
  counters.traffic.connections = connections;
  return counters;
}

TEST(ServerCounters, AreSummedOverTheAddressesOfTheService) {
  Config config;
  config.virtual_servers = {web(2)};
  VirtualServerConfig& service = config.virtual_servers[0];
  service.addresses.push_back({Family::kIpv4, 0, at(50)});
  Counters counters;
  counters[web_key()].destinations = {{at(1), counted(3, 10)}, {at(9), counted(1, 1)}};
  ServiceKey second = web_key();
  second.endpoint = at(50);
  counters[second].destinations = {{at(1), counted(4, 5)}};
  ServerCounters sum;
  sum.server = "web/10.0.0.1:80";
  sum.active = 7;
  sum.connections = 15;
  EXPECT_EQ(counters_of(servers_of(config), counters, {}), std::vector<ServerCounters>{sum})
      << "not of a server that the kernel has not, nor of one that is not configured";
}

TEST(ServerCounters, AreRarerWithManyServers) {
  Config config;
  EXPECT_EQ(counting_interval(servers_of(config)), seconds{2});
  config.virtual_servers = {web(100), web(200)};
  EXPECT_EQ(counting_interval(servers_of(config)), milliseconds{2300});
}

}  // namespace
}  // namespace holdfast::balance
