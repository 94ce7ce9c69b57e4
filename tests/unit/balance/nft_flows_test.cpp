// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/nft_flows.h"

#include <gtest/gtest.h>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

ServiceKey dns() {
  return {Family::kIpv4, 0, Protocol::kUdp, {IpAddress::v4({192, 0, 2, 10}), 53}};
}
Service with(std::initializer_list<std::pair<std::uint8_t, std::uint32_t>> servers) {
  Service service;
  for (const auto& [last, weight] : servers) service.destinations[at(last)] = weighing(weight);
  return service;
}
using Lost = std::vector<LostFlows>;

TEST(LostFlows, ThoseOfServersThatAreGone) {
  const Service two = with({{1, 1}, {2, 1}});
  const Service one = with({{2, 1}});
  EXPECT_EQ(lost_flows(web_key(), &two, &one), (Lost{{web_key(), at(1)}}));
  EXPECT_EQ(lost_flows(web_key(), &two, nullptr), (Lost{{web_key(), at(1)}, {web_key(), at(2)}}));
  EXPECT_EQ(lost_flows(web_key(), nullptr, &two), Lost{});
}

TEST(LostFlows, NotThoseOfAServerWithoutWeight) {
  const Service serving = with({{1, 1}, {2, 1}});
  const Service drained = with({{1, 0}, {2, 1}});
  EXPECT_EQ(lost_flows(web_key(), &serving, &drained), Lost{});
}

TEST(LostFlows, OfUdpThoseThatFoundNobody) {
  const Service none = with({{1, 0}});
  const Service one = with({{1, 1}});
  EXPECT_EQ(lost_flows(dns(), nullptr, &one), (Lost{{dns(), std::nullopt}}));
  EXPECT_EQ(lost_flows(dns(), &none, &one), (Lost{{dns(), std::nullopt}}));
  EXPECT_EQ(lost_flows(dns(), &one, &one), Lost{});
  EXPECT_EQ(lost_flows(web_key(), &none, &one), Lost{}) << "TCP begins anew by itself";
}

TEST(LostFlows, AFlowIsKnownByServiceAndServer) {
  const Flow flow{Protocol::kTcp, web_key().endpoint, at(1), true};
  const LostFlows lost{web_key(), at(1)};
  EXPECT_TRUE(is_lost(flow, lost));
  for (const auto& spoil : std::initializer_list<void (*)(Flow&)>{
           [](Flow& one) { one.protocol = Protocol::kUdp; }, [](Flow& one) { one.asked.port = 81; },
           [](Flow& one) {
             one.asked.address = IpAddress::v4({192, 0, 2, 11});
           },
           [](Flow& one) { one.answers = at(2); }, [](Flow& one) { one.answers = at(1, 81); },
           [](Flow& one) { one.translated = false; }}) {
    Flow other = flow;
    spoil(other);
    EXPECT_FALSE(is_lost(other, lost));
  }
}

TEST(LostFlows, AllPortsAndMarksTakeAnyPort) {
  ServiceKey hosts = web_key();
  hosts.endpoint.port = 0;
  const ServiceKey marked{Family::kIpv4, 7, {}, {}};
  const Flow flow{Protocol::kTcp, {web_key().endpoint.address, 443}, at(1, 443), true};
  EXPECT_TRUE(is_lost(flow, {hosts, at(1, 0)}));
  EXPECT_TRUE(is_lost(flow, {marked, at(1, 443)}));
  EXPECT_FALSE(is_lost(flow, {{Family::kIpv6, 7, {}, {}}, at(1, 443)}));
}

TEST(LostFlows, TheUntranslatedAreThoseOfNoServer) {
  const Flow flow{Protocol::kUdp, dns().endpoint, dns().endpoint, false};
  EXPECT_TRUE(is_lost(flow, {dns(), std::nullopt}));
  EXPECT_FALSE(is_lost({Protocol::kUdp, dns().endpoint, at(1), true}, {dns(), std::nullopt}));
}

}  // namespace
}  // namespace holdfast::balance
