// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/stand_ins.h"

#include "tests/unit/vrrp/core_support.h"

// Local routes in the place of hundreds of addresses, until these are there.
namespace holdfast::vrrp {
namespace {

constexpr int kMany = 250;

Link loopback() {
  Link link;
  link.index = 1;
  link.name = "lo";
  link.up = true;
  return link;
}

std::string numbered(int number, const std::string& length = "/24") {
  return "10.0.0." + std::to_string(number) + length;
}

InstanceConfig holding(int count) {
  InstanceConfig config = instance();
  config.addresses.clear();
  for (int i = 1; i <= count; ++i) config.addresses.push_back({prefix(numbered(i))});
  return config;
}

class StandIns : public VrrpCoreTest {
 protected:
  // What a takeover says and does to the kernel.
  Lines takeover(const InstanceConfig& config, const Link& link = eth0(),
                 const Link& other = loopback()) {
    begin(config_of({config}), {other, link});
    Lines lines = wake_at(kStart + kDown);
    std::erase_if(lines, [](const std::string& line) {
      return line.starts_with("report ") || line.starts_with("info ") ||
             line.starts_with("advert ");
    });
    return lines;
  }
  static Lines each(int count, const std::string& before, const std::string& after) {
    Lines lines;
    for (int i = 1; i <= count; ++i) lines.push_back(before + numbered(i, after));
    return lines;
  }
  static Lines announced(int count) { return each(count, "arp ", " on 2"); }
};

TEST_F(StandIns, AnswerForHundredsUntilTheseAreAnnouncedAndThere) {
  Lines rounds;
  for (int round = 2; round <= 5; ++round) rounds += announced(kMany);
  EXPECT_EQ(takeover(holding(kMany)), each(kMany, "add route ", "/32 table 255") +
                                          announced(kMany) + each(kMany, "add ", "/24 on 2") +
                                          each(kMany, "remove route ", "/32 table 255") + rounds);
}

TEST_F(StandIns, AreLocalRoutesOverTheLoopback) {
  takeover(holding(kMany));
  const auto it = std::find_if(actions_.begin(), actions_.end(), [](const VrrpAction& action) {
    return std::holds_alternative<ChangeRoute>(action);
  });
  ASSERT_NE(it, actions_.end());
  const Route& route = std::get<ChangeRoute>(*it).route;
  EXPECT_TRUE(is_stand_in(route));
  EXPECT_EQ(route.hops, (std::vector<Hop>{{std::nullopt, 1, 1, false}}));
  EXPECT_EQ(route.source, prefix("10.0.0.1/32").address);
  EXPECT_EQ(route.scope, kScopeHost);
}

TEST_F(StandIns, AreNotForAFew) {
  constexpr int kFew = 20;
  const Lines lines = takeover(holding(kFew));
  EXPECT_EQ(only(lines, "add"), each(kFew, "add ", "/24 on 2"));
  EXPECT_EQ(lines.front(), "add 10.0.0.1/24 on 2");
}

// Where they would not answer, the addresses come first as ever.
class NoStandIns : public StandIns {
 protected:
  void expect_none(const InstanceConfig& config, const Link& link, const Link& other = loopback()) {
    const Lines lines = takeover(config, link, other);
    ASSERT_GE(lines.size(), std::size_t{kMany});
    EXPECT_TRUE(std::all_of(lines.begin(), lines.begin() + kMany,
                            [](const std::string& line) { return line.starts_with("add "); }));
    EXPECT_EQ(only(lines, "remove"), Lines{});
    for (const std::string& line : lines) EXPECT_FALSE(line.starts_with("add route")) << line;
  }
};

TEST_F(NoStandIns, InAVrfWhichHasATableOfItsOwn) {
  Link link = eth0();
  link.master = 9;
  expect_none(holding(kMany), link);
}

TEST_F(NoStandIns, WhereArpAsksForTheAddressItself) {
  Link link = eth0();
  link.arp.ignore = 1;
  expect_none(holding(kMany), link);
}

TEST_F(NoStandIns, WithoutALoopback) {
  expect_none(holding(kMany), eth0(), eth1());
}

TEST_F(NoStandIns, OfIpv6) {
  InstanceConfig config = holding(1);
  for (int i = 1; i <= kMany; ++i) {
    config.excluded_addresses.push_back({prefix("2001:db8::" + std::to_string(i) + "/64")});
  }
  expect_none(config, eth0());
}

TEST_F(StandIns, WhatTheKernelRefusesIsNoTrouble) {
  takeover(holding(kMany));
  const auto route = std::find_if(actions_.begin(), actions_.end(), [](const VrrpAction& action) {
    return std::holds_alternative<ChangeRoute>(action);
  });
  ASSERT_NE(route, actions_.end());
  EXPECT_EQ(handle(RouteRefused{std::get<ChangeRoute>(*route).route, "Network is down"}), Lines{});
}

TEST_F(StandIns, OfAKilledWorkerGo) {
  Route left;
  left.type = RouteType::kLocal;
  left.key = {kLocalTable, prefix("10.0.0.1/32"), 0};
  EXPECT_EQ(handle(config_of({instance()})), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
  EXPECT_EQ(handle(RoutingChanged{{left}, {}}), Lines{});
  EXPECT_EQ(only(handle(Begin{}), "remove"), Lines{"remove route 10.0.0.1/32 table 255"});
}

}  // namespace
}  // namespace holdfast::vrrp
