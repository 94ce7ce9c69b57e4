// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/route_plan.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

Link link(int index, const std::string& name, bool up = true) {
  Link made;
  made.index = index;
  made.name = name;
  made.up = up;
  return made;
}
LinkTable links(bool eth1_up = true) {
  LinkTable table;
  table.set(link(2, "eth0"));
  table.set(link(3, "eth1", eth1_up));
  return table;
}
RouteHop hop(const std::string& via, const std::string& device, std::uint16_t weight = 1) {
  const auto address = via.empty() ? std::nullopt : std::optional{IpAddress::parse(via).value()};
  return {address, device, weight, false};
}
RouteConfig route(const std::string& to, std::vector<RouteHop> hops) {
  RouteConfig config;
  config.to = prefix(to);
  config.hops = std::move(hops);
  return config;
}
Route resolved(const RouteConfig& config) {
  return resolve(config, links()).value();
}

TEST(Resolve, NamesBecomeInterfacesAndDefaultsThoseOfTheKernel) {
  const Route via = resolved(route("198.51.100.0/24", {hop("192.0.2.254", "eth1")}));
  EXPECT_EQ(via.hops, (std::vector<Hop>{{IpAddress::parse("192.0.2.254").value(), 3, 1, false}}));
  EXPECT_EQ(via.scope, kScopeGlobal);
  EXPECT_EQ(resolved(route("198.51.100.0/24", {hop("192.0.2.254", "")})).hops.front().link, 0);
  EXPECT_EQ(resolved(route("198.51.100.0/24", {hop("", "eth0")})).scope, kScopeLink);
  EXPECT_EQ(resolved(route("2001:db8::/48", {hop("", "eth0")})).scope, kScopeGlobal);
  EXPECT_EQ(resolved(route("2001:db8::/48", {hop("", "eth0")})).key.metric, 1024U);
}

TEST(Resolve, LeavesOutHopsThatLeadNowhereNow) {
  const RouteConfig both =
      route("198.51.100.0/24", {hop("192.0.2.254", "eth0", 7), hop("203.0.113.254", "eth1", 9)});
  EXPECT_EQ(resolve(both, links())->hops.size(), 2U);
  const Route one = resolve(both, links(false)).value();
  ASSERT_EQ(one.hops.size(), 1U);
  EXPECT_EQ(one.hops.front().link, 2);
  EXPECT_EQ(one.hops.front().weight, 1) << "a single hop has no weight";
  EXPECT_FALSE(resolve(route("198.51.100.0/24", {hop("", "eth1")}), links(false)));
  EXPECT_FALSE(resolve(route("198.51.100.0/24", {hop("", "eth9")}), links()));
  RouteConfig hole;
  hole.type = RouteType::kBlackhole;
  EXPECT_TRUE(resolve(hole, LinkTable{}));
}

TEST(Satisfies, TheOrderOfHopsAndAnUnnamedInterfaceDoNotMatter) {
  const Route have = resolved(
      route("198.51.100.0/24", {hop("192.0.2.254", "eth0", 2), hop("192.0.2.253", "eth1")}));
  EXPECT_TRUE(satisfies(have, resolved(route("198.51.100.0/24", {hop("192.0.2.253", ""),
                                                                 hop("192.0.2.254", "eth0", 2)}))));
  EXPECT_FALSE(satisfies(
      have, resolved(route("198.51.100.0/24",
                           {hop("192.0.2.253", "eth0"), hop("192.0.2.254", "eth0", 2)}))));
  EXPECT_FALSE(satisfies(have, resolved(route("198.51.100.0/24", {hop("192.0.2.254", "eth0")}))));
}

TEST(Satisfies, EveryOtherPartMatters) {
  const RouteConfig config = route("198.51.100.0/24", {hop("192.0.2.254", "eth0")});
  const Route have = resolved(config);
  const auto differs = [&](auto change) {
    RouteConfig other = config;
    change(other);
    return !satisfies(have, resolved(other));
  };
  EXPECT_TRUE(differs([](RouteConfig& other) { other.source = IpAddress::v4({192, 0, 2, 10}); }));
  EXPECT_TRUE(differs([](RouteConfig& other) { other.scope = 253; }));
  EXPECT_TRUE(differs([](RouteConfig& other) { other.metric = 1; }));
  EXPECT_TRUE(differs([](RouteConfig& other) { other.table = 1; }));
  EXPECT_TRUE(differs([](RouteConfig& other) { other.hops[0].onlink = true; }));
  EXPECT_FALSE(differs([](RouteConfig& other) { other.track = false; }));
}

TEST(RoutePlan, AddsRemovesAndReplaces) {
  const Route kept = resolved(route("10.0.0.0/8", {hop("", "eth0")}));
  const Route old = resolved(route("10.1.0.0/16", {hop("", "eth0")}));
  const Route changed = resolved(route("10.1.0.0/16", {hop("", "eth1")}));
  const Route gone = resolved(route("10.2.0.0/16", {hop("", "eth0")}));
  const Route fresh = resolved(route("10.3.0.0/16", {hop("", "eth0")}));
  const RoutePlan plan = plan_routes({{kept.key, kept}, {changed.key, changed}, {fresh.key, fresh}},
                                     {{kept.key, kept}, {old.key, old}, {gone.key, gone}});
  EXPECT_EQ(plan.remove, (std::vector{old, gone}));
  EXPECT_EQ(plan.add, (std::vector{changed, fresh}));
}

TEST(RoutePlan, WhatCannotBeNowStaysAsItIs) {
  const Route have = resolved(route("10.0.0.0/8", {hop("", "eth1")}));
  const RoutePlan plan = plan_routes({{have.key, std::nullopt}}, {{have.key, have}});
  EXPECT_TRUE(plan.add.empty());
  EXPECT_TRUE(plan.remove.empty());
}

TEST(RulePlan, IsTheDifference) {
  Rule kept;
  kept.priority = 1;
  Rule gone = kept;
  gone.priority = 2;
  Rule fresh = kept;
  fresh.iif = "eth0";
  const RulePlan plan = plan_rules({kept, fresh}, {kept, gone});
  EXPECT_EQ(plan.add, std::vector{fresh});
  EXPECT_EQ(plan.remove, std::vector{gone});
}

TEST(RouteText, IsWhatIpRouteAndIpRuleSay) {
  RouteConfig config = route("198.51.100.0/24", {hop("", "eth0")});
  EXPECT_EQ(to_string(config.key()), "route 198.51.100.0/24");
  config.table = 100;
  config.metric = 7;
  EXPECT_EQ(to_string(config.key()), "route 198.51.100.0/24 table 100 metric 7");
  EXPECT_EQ(to_string(route("2001:db8::/48", {}).key()), "route 2001:db8::/48");
  Rule rule{Family::kIpv4, 9,    {},   prefix("10.0.0.0/8"), "eth0",
            "eth1",        0x18, 0xff, RuleAction::kLookup,  100};
  EXPECT_EQ(to_string(rule),
            "rule 9: from all to 10.0.0.0/8 iif eth0 oif eth1 fwmark 0x18/0xff lookup 100");
  EXPECT_EQ(to_string(Rule{Family::kIpv6, 1, {}, {}, "", "", 0, 0, RuleAction::kProhibit, 0}),
            "rule 1: from all prohibit");
}

}  // namespace
}  // namespace holdfast::vrrp
