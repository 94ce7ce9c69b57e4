// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/netlink/namespace.h"
#include "vrrp-worker/netlink.h"

// Addresses with traits, routes and rules, in and out of a real kernel.
namespace holdfast::vrrp {
namespace {

IpPrefix prefix(const std::string& text) {
  return IpPrefix::parse(text).value();
}
IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}

// The last RoutingChanged of the news; all of them are read.
std::optional<RoutingChanged> routing_news(Netlink& netlink) {
  std::optional<RoutingChanged> last;
  while (const auto news = netlink.news()) {
    if (const auto* changed = std::get_if<RoutingChanged>(&*news)) last = *changed;
  }
  return last;
}

class NetlinkRoutes : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    Netlink netlink = open_netlink();
    for (const std::string name : {"one", "two"}) {
      ip("link add " + name + " type veth peer name far-" + name);
      ip("link set far-" + name + " up");
      ip("link set " + name + " up");
      await(netlink, name, true);
    }
    ip("addr add 192.0.2.1/24 dev one");
    ip("addr add 203.0.113.1/24 dev two");
    ip("addr add 2001:db8::1/64 nodad dev one");
    ip("addr add 2001:db8:1::1/64 nodad dev two");
  }

  static Route to(const std::string& network, std::vector<Hop> hops) {
    Route route;
    route.key.to = prefix(network);
    if (!route.key.to.address.is_v4()) route.key.metric = 1024;
    route.hops = std::move(hops);
    return route;
  }
  static Hop via(const std::string& gateway, const std::string& device) {
    return {address(gateway), index_of(device), 1, false};
  }
  // What the kernel makes of it is what was asked for; and it goes again.
  static void round_trip(const Route& route) {
    SCOPED_TRACE(to_string(route.key));
    Netlink netlink = open_netlink();
    routing_news(netlink);
    const auto refused = netlink.execute(std::vector<RouteCommand>{{Change::kAdd, route}});
    ASSERT_TRUE(refused.empty()) << refused.front().error;
    const auto told = routing_news(netlink);
    ASSERT_TRUE(told.has_value());
    ASSERT_EQ(told->routes.size(), 1U);
    EXPECT_TRUE(satisfies(told->routes.front(), route));
    // By the dump as by the event.
    const Netlink next_life = open_netlink();
    ASSERT_EQ(next_life.routing().routes().size(), 1U);
    EXPECT_TRUE(satisfies(next_life.routing().routes().begin()->second, route));

    EXPECT_TRUE(netlink.execute(std::vector<RouteCommand>{{Change::kRemove, route}}).empty());
    EXPECT_TRUE(routing_news(netlink).value().routes.empty());
    EXPECT_TRUE(netlink.execute(std::vector<RouteCommand>{{Change::kRemove, route}}).empty());
  }
  static void round_trip(const Rule& rule) {
    SCOPED_TRACE(to_string(rule));
    Netlink netlink = open_netlink();
    routing_news(netlink);
    const auto refused = netlink.execute(std::vector<RuleCommand>{{Change::kAdd, rule}});
    ASSERT_TRUE(refused.empty()) << refused.front().error;
    EXPECT_EQ(routing_news(netlink).value().rules, std::vector{rule});
    EXPECT_EQ(open_netlink().routing().rules(), Rules{rule});
    EXPECT_TRUE(netlink.execute(std::vector<RuleCommand>{{Change::kRemove, rule}}).empty());
    EXPECT_TRUE(routing_news(netlink).value().rules.empty());
    EXPECT_TRUE(netlink.execute(std::vector<RuleCommand>{{Change::kRemove, rule}}).empty());
  }
};

TEST_F(NetlinkRoutes, RoutesOfEveryKind) {
  Route plain = to("198.51.100.0/24", {via("192.0.2.254", "one")});
  round_trip(plain);
  plain.hops.front().link = 0;
  round_trip(plain);
  plain.source = address("203.0.113.1");
  plain.key.table = 1000;
  plain.key.metric = 7;
  round_trip(plain);
  Route on_link = to("198.51.100.0/24", {{std::nullopt, index_of("one"), 1, false}});
  on_link.scope = kScopeLink;
  round_trip(on_link);
  Route beyond = to("198.51.100.0/24", {via("10.9.9.9", "one")});
  beyond.hops.front().onlink = true;
  round_trip(beyond);
  round_trip(to("0.0.0.0/0", {via("192.0.2.254", "one")}));
  round_trip(to("::/0", {via("2001:db8::ff", "one")}));
  round_trip(to("2001:db8:2::/48", {{std::nullopt, index_of("two"), 1, false}}));
  Route six = to("2001:db8:2::/48", {via("fe80::1", "one")});
  six.source = address("2001:db8::1");
  six.key.metric = 3;
  six.key.table = 77;
  round_trip(six);
  Route own = to("198.51.100.7/32", {{std::nullopt, index_of("lo"), 1, false}});
  own.type = RouteType::kLocal;
  own.key.table = kLocalTable;
  own.source = address("198.51.100.7");
  own.scope = kScopeHost;
  round_trip(own);
  for (const RouteType type :
       {RouteType::kBlackhole, RouteType::kUnreachable, RouteType::kProhibit, RouteType::kThrow}) {
    for (const std::string network : {"198.51.100.0/24", "2001:db8:3::/48"}) {
      Route nowhere = to(network, {});
      nowhere.type = type;
      round_trip(nowhere);
    }
  }
}

TEST_F(NetlinkRoutes, RoutesOfSeveralHops) {
  Route four = to("198.51.100.0/24", {via("192.0.2.254", "one"), via("203.0.113.254", "two")});
  four.hops[0].weight = 256;
  four.hops[1].weight = 3;
  round_trip(four);
  Route six = to("2001:db8:2::/48", {via("2001:db8::ff", "one"), via("2001:db8:1::ff", "two")});
  six.hops[1].weight = 5;
  round_trip(six);
  Route many = to("198.51.100.0/24", {});
  for (int i = 1; i <= 64; ++i)
    many.hops.push_back(via("192.0.2." + std::to_string(i + 100), "one"));
  round_trip(many);
}

TEST_F(NetlinkRoutes, RulesOfEveryKind) {
  Rule rule;
  rule.priority = 100;
  rule.table = 5000;
  round_trip(rule);
  rule.from = prefix("192.0.2.0/24");
  rule.to = prefix("198.51.100.7/32");
  rule.iif = "one";
  rule.oif = "two";
  rule.fwmark = 0x18;
  rule.fwmask = 0xff;
  rule.table = 100;
  round_trip(rule);
  Rule six;
  six.family = Family::kIpv6;
  six.priority = 9;
  six.from = prefix("2001:db8::/32");
  six.fwmark = 1;
  six.fwmask = 0xffffffff;
  six.table = 254;
  round_trip(six);
  for (const RuleAction action :
       {RuleAction::kBlackhole, RuleAction::kUnreachable, RuleAction::kProhibit}) {
    Rule refusing;
    refusing.priority = 5;
    refusing.action = action;
    round_trip(refusing);
  }
}

TEST_F(NetlinkRoutes, WhatOthersHaveIsNeitherSeenNorTouched) {
  ip("route add 198.51.100.0/24 via 192.0.2.253");
  ip("route add 2001:db8:2::/48 via 2001:db8::fd");
  ip("rule add priority 100 from 192.0.2.0/24 lookup 100");
  Netlink netlink = open_netlink();
  EXPECT_FALSE(routing_news(netlink).has_value());
  EXPECT_TRUE(netlink.routing().routes().empty());
  EXPECT_TRUE(netlink.routing().rules().empty());

  const Route beside = to("198.51.100.0/24", {via("192.0.2.254", "one")});
  EXPECT_TRUE(netlink.execute(std::vector<RouteCommand>{{Change::kAdd, beside}}).empty());
  EXPECT_TRUE(netlink.execute(std::vector<RouteCommand>{{Change::kRemove, beside}}).empty());
  ip("route show 198.51.100.0/24 | grep -q 192.0.2.253");

  const Route six = to("2001:db8:2::/48", {via("2001:db8::ff", "one")});
  const auto refused = netlink.execute(std::vector<RouteCommand>{{Change::kAdd, six}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused.front().error.find("File exists"), std::string::npos);
  EXPECT_TRUE(netlink.execute(std::vector<RouteCommand>{{Change::kRemove, six}}).empty());
  ip("-6 route show 2001:db8:2::/48 | grep -q 2001:db8::fd");

  Rule same;
  same.priority = 100;
  same.from = prefix("192.0.2.0/24");
  same.table = 100;
  EXPECT_TRUE(netlink.execute(std::vector<RuleCommand>{{Change::kAdd, same}}).empty());
  EXPECT_TRUE(netlink.execute(std::vector<RuleCommand>{{Change::kRemove, same}}).empty());
  ip("rule show priority 100 | grep -q 192.0.2.0/24");
}

TEST_F(NetlinkRoutes, WhatOthersDoToOursIsNews) {
  Netlink netlink = open_netlink();
  const Route four = to("198.51.100.0/24", {via("192.0.2.254", "one")});
  const Route six =
      to("2001:db8:2::/48", {via("2001:db8::ff", "one"), via("2001:db8:1::ff", "two")});
  Rule rule;
  rule.priority = 100;
  rule.table = 100;
  netlink.execute(std::vector<RouteCommand>{{Change::kAdd, four}, {Change::kAdd, six}});
  netlink.execute(std::vector<RuleCommand>{{Change::kAdd, rule}});
  EXPECT_EQ(routing_news(netlink).value().routes.size(), 2U);

  ip("route del 198.51.100.0/24");
  EXPECT_EQ(routing_news(netlink).value().routes.size(), 1U);
  ip("rule del priority 100");
  EXPECT_TRUE(routing_news(netlink).value().rules.empty());
  // Half of it.
  ip("-6 route del 2001:db8:2::/48 via 2001:db8::ff dev one");
  const auto half = routing_news(netlink);
  ASSERT_TRUE(half.has_value());
  ASSERT_EQ(half->routes.size(), 1U);
  EXPECT_EQ(half->routes.front().hops.size(), 1U);
}

// The kernel says nothing of IPv4 routes that go like this.
TEST_F(NetlinkRoutes, WhatVanishesWithAnInterfaceOrItsSourceIsNews) {
  Netlink netlink = open_netlink();
  const Route four = to("198.51.100.0/24", {via("192.0.2.254", "one")});
  Route sourced = to("10.0.0.0/8", {via("203.0.113.254", "two")});
  sourced.source = address("192.0.2.1");
  ip("addr add 192.0.3.9/24 dev one");  // With the last one the kernel takes all routes of "one".
  netlink.execute(std::vector<RouteCommand>{{Change::kAdd, four}, {Change::kAdd, sourced}});
  EXPECT_EQ(routing_news(netlink).value().routes.size(), 2U);
  ip("addr del 192.0.2.1/24 dev one");
  EXPECT_EQ(routing_news(netlink).value().routes.size(), 1U);
  ip("addr add 192.0.2.1/24 dev one");
  ip("link set one down");
  EXPECT_TRUE(routing_news(netlink).value().routes.empty());
}

// The kernel tells of it late.
TEST_F(NetlinkRoutes, AnIpv6AddressThatTheCoreAskedForIsNoNews) {
  const int link = index_of("one");
  const IpPrefix prefix6 = prefix("2001:db8::10/64");
  for (int i = 0; i < 50; ++i) {
    Netlink netlink = open_netlink();
    routing_news(netlink);
    ASSERT_TRUE(netlink.execute({{{AddressCommand::Verb::kAdd, link, prefix6}}}).empty());
    while (const auto news = netlink.news()) {
      const auto* changed = std::get_if<LinkChanged>(&*news);
      if (changed == nullptr || changed->link.index != link) continue;
      ASSERT_NE(changed->link.find(prefix6), nullptr) << "it seems to be gone again";
    }
    ASSERT_TRUE(netlink.execute({{{AddressCommand::Verb::kRemove, link, prefix6}}}).empty());
  }
}

TEST_F(NetlinkRoutes, AddressesWithTraits) {
  struct Case {
    std::string prefix;
    AddressTraits traits;
  };
  const std::vector<Case> cases{
      {"192.0.2.10/24", {"one:vip", address("192.0.2.255"), {}, 0}},
      {"10.1.1.1/32", {"", {}, address("10.1.1.2"), kScopeLink}},
      {"10.2.2.2/24", {"", {}, {}, 254}},
      {"2001:db8:9::1/128", {"", {}, address("2001:db8:9::2"), 0}},
  };
  const int link = index_of("one");
  for (const Case& one : cases) {
    SCOPED_TRACE(one.prefix);
    Netlink netlink = open_netlink();
    routing_news(netlink);
    using Verb = AddressCommand::Verb;
    const AddressCommand add{Verb::kAdd, link, prefix(one.prefix), one.traits};
    ASSERT_TRUE(netlink.execute({{add}}).empty());
    routing_news(netlink);  // Of a link-local address that is no longer tentative, by chance.
    const LinkAddress* have = netlink.links().at(link).find(add.prefix);
    ASSERT_NE(have, nullptr);
    EXPECT_EQ(*have, (LinkAddress{add.prefix, true, one.traits}));
    EXPECT_EQ(*open_netlink().links().at(link).find(add.prefix), *have);
    EXPECT_TRUE(netlink.execute({{{Verb::kRemove, link, add.prefix, one.traits}}}).empty());
    routing_news(netlink);
    EXPECT_EQ(netlink.links().at(link).find(add.prefix), nullptr);
  }
}

// ---- Routes of others that are watched

std::optional<RoutesSeen> seen(Netlink& netlink) {
  std::optional<RoutesSeen> last;
  while (const auto news = netlink.news()) {
    if (const auto* told = std::get_if<RoutesSeen>(&*news)) last = *told;
  }
  return last;
}

class WatchedRoutesTest : public NetlinkRoutes {
 protected:
  static RoutePlace place(const std::string& network, std::uint32_t table = kMainTable) {
    return {table, prefix(network)};
  }
};

TEST_F(WatchedRoutesTest, WhoeverPutsThemThereTheyAreSeen) {
  Netlink netlink = open_netlink();
  EXPECT_FALSE(seen(netlink));
  ip("route add 10.9.8.0/24 via 192.0.2.2");
  EXPECT_FALSE(seen(netlink)) << "nobody watches";
  netlink.watch_routes({place("10.9.8.0/24"), place("2001:db8:9::/48", 100)});
  const auto first = seen(netlink);
  ASSERT_TRUE(first && first->routes.size() == 1U);
  EXPECT_EQ(first->routes[0].key.to, prefix("10.9.8.0/24"));
  EXPECT_EQ(first->routes[0].hops.at(0).via, address("192.0.2.2"));

  ip("route add 10.9.9.0/24 via 192.0.2.2");
  EXPECT_FALSE(seen(netlink)) << "of the same length, but another";
  ip("route del 10.9.8.0/24");
  EXPECT_TRUE(seen(netlink).value().routes.empty());
  ip("-6 route add 2001:db8:9::/48 dev one table 100");
  EXPECT_EQ(seen(netlink).value().routes.size(), 1U);
  netlink.watch_routes({});
  EXPECT_TRUE(seen(netlink).value().routes.empty());
}

// The kernel says nothing of these.
TEST_F(WatchedRoutesTest, ThoseOverAnInterfaceThatGoesDownAreMissed) {
  Netlink netlink = open_netlink();
  ip("route add 10.9.8.0/24 via 192.0.2.2");
  netlink.watch_routes({place("10.9.8.0/24")});
  ASSERT_EQ(seen(netlink).value().routes.size(), 1U);
  ip("link set one down");
  EXPECT_TRUE(seen(netlink).value().routes.empty());
}

}  // namespace
}  // namespace holdfast::vrrp
