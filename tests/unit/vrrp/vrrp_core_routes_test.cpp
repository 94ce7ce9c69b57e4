// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Routes and rules that an instance holds, and what is static.
namespace holdfast::vrrp {
namespace {

RouteConfig route(const std::string& to, const std::string& device = "eth0") {
  RouteConfig config;
  config.to = prefix(to);
  config.hops = {{{}, device, 1, false}};
  return config;
}
RuleConfig rule(std::uint32_t priority) {
  RuleConfig config;
  config.rule.priority = priority;
  config.rule.table = 100;
  return config;
}
InstanceConfig routed() {
  InstanceConfig config = instance();
  config.virtual_routes = {route("10.0.0.0/8"), route("10.1.0.0/16", "eth1")};
  config.virtual_rules = {rule(9)};
  return config;
}
const Lines kHeld{"add 192.0.2.10/24 on 2", "add route 10.0.0.0/8", "add route 10.1.0.0/16",
                  "add rule 9: from all lookup 100"};
const Lines kLetGo{"remove rule 9: from all lookup 100", "remove route 10.0.0.0/8",
                   "remove route 10.1.0.0/16", "remove 192.0.2.10/24 on 2"};

class VrrpCoreRoutes : public VrrpCoreTest {
 protected:
  // What it does to the kernel, and warns of.
  static Lines changes(const Lines& lines) {
    Lines some;
    for (const std::string& line : lines) {
      const bool change = line.starts_with("add ") || line.starts_with("remove ");
      if (change || line.starts_with("warning ") || line.starts_with("error ")) {
        some.push_back(line);
      }
    }
    return some;
  }
  // The kernel has done all that was asked for.
  void obey() {
    for (const VrrpAction& action : actions_) {
      if (const auto* route_change = std::get_if<ChangeRoute>(&action)) {
        if (route_change->change == Change::kAdd) {
          routes_.insert_or_assign(route_change->route.key, route_change->route);
        } else {
          routes_.erase(route_change->route.key);
        }
      }
      if (const auto* rule_change = std::get_if<ChangeRule>(&action)) {
        if (rule_change->change == Change::kAdd) {
          rules_.insert(rule_change->rule);
        } else {
          rules_.erase(rule_change->rule);
        }
      }
    }
  }
  RoutingChanged routing() const {
    RoutingChanged changed;
    for (const auto& [key, one] : routes_) changed.routes.push_back(one);
    changed.rules.assign(rules_.begin(), rules_.end());
    return changed;
  }
  void be_active_and_routed(const Config& config = config_of({routed()})) {
    begin(config, {eth0(), eth1()});
    EXPECT_EQ(changes(wake_at(kStart + kDown)), kHeld);
    obey();
    EXPECT_EQ(handle(routing()), Lines{});
  }

  Routes routes_;
  Rules rules_;
};

TEST_F(VrrpCoreRoutes, ComeAfterTheAddressesAndGoBeforeThem) {
  be_active_and_routed();
  receive(advert(200));
  EXPECT_EQ(changes(wake_at(now_ + Router::kHeirAnnounces)), kLetGo);
}

TEST_F(VrrpCoreRoutes, ABackupHasNoneAndRemovesWhatAFormerLifeLeft) {
  be_active_and_routed();
  const RoutingChanged left = routing();
  core_ = VrrpCore{};
  EXPECT_EQ(handle(left), Lines{});
  EXPECT_EQ(changes(begin(config_of({routed()}), {eth0(), eth1()})),
            (Lines{"remove rule 9: from all lookup 100", "remove route 10.0.0.0/8",
                   "remove route 10.1.0.0/16"}));
}

TEST_F(VrrpCoreRoutes, OneThatIsRemovedByOthersIsPutBack) {
  be_active_and_routed();
  routes_.erase(route("10.0.0.0/8").key());
  EXPECT_EQ(handle(routing()),
            (Lines{"warning route 10.0.0.0/8 was removed by somebody else: put back",
                   "add route 10.0.0.0/8"}));
  obey();
  EXPECT_EQ(handle(routing()), Lines{});
  rules_.clear();
  EXPECT_EQ(handle(routing()),
            (Lines{"warning rule 9: from all lookup 100 was removed by somebody else: put back",
                   "add rule 9: from all lookup 100"}));
}

TEST_F(VrrpCoreRoutes, OneThatGoesAgainWaitsForItsTurn) {
  be_active_and_routed();
  rules_.clear();
  handle(routing());
  EXPECT_EQ(handle(routing()), Lines{}) << "gone again";
  EXPECT_EQ(core_.deadline(), now_ + Repairs::kGap);
  EXPECT_EQ(wake_at(now_ + Repairs::kGap),
            (Lines{"warning rule 9: from all lookup 100 was removed by somebody else: put back (2 "
                   "times so far)",
                   "add rule 9: from all lookup 100"}));
}

TEST_F(VrrpCoreRoutes, VanishWithTheirInterfaceAndComeBackWithIt) {
  be_active_and_routed();
  Link down = eth1();
  down.up = false;
  EXPECT_EQ(handle(LinkChanged{down}), Lines{});
  routes_.erase(route("10.1.0.0/16").key());
  EXPECT_EQ(handle(routing()), Lines{}) << "nobody removed it, and it cannot be put back yet";
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{"add route 10.1.0.0/16"});
}

TEST_F(VrrpCoreRoutes, AnUntrackedOneIsNotPutBack) {
  InstanceConfig config = routed();
  config.virtual_routes[0].track = false;
  config.virtual_rules[0].track = false;
  be_active_and_routed(config_of({config}));
  routes_.erase(route("10.0.0.0/8").key());
  rules_.clear();
  EXPECT_EQ(handle(routing()), Lines{});
}

TEST_F(VrrpCoreRoutes, WithStrictFaultALossIsAFault) {
  InstanceConfig config = routed();
  config.strict = Strictness::kFault;
  be_active_and_routed(config_of({config}));
  routes_.erase(route("10.0.0.0/8").key());
  const Lines lines = handle(routing());
  EXPECT_EQ(changes(lines), (Lines{"remove rule 9: from all lookup 100", "remove route 10.1.0.0/16",
                                   "remove 192.0.2.10/24 on 2"}));
  EXPECT_EQ(lines.back(),
            "report one FAULT 100 since 3.609 s: route 10.0.0.0/8 was removed by somebody else");
}

TEST_F(VrrpCoreRoutes, ARefusedOneIsTriedAgainAndIsAFaultOnlyWithStrictFault) {
  be_active_and_routed();
  const Route refused = routes_.extract(route("10.0.0.0/8").key()).mapped();
  EXPECT_EQ(handle(RouteRefused{refused, "no way"}),
            Lines{"error the kernel refused route 10.0.0.0/8: no way"});
  EXPECT_EQ(wake_at(now_ + Repairs::kGap), Lines{"add route 10.0.0.0/8"});
  EXPECT_EQ(handle(RouteRefused{refused, "no way"}),
            Lines{"error the kernel refused route 10.0.0.0/8: no way (2 times so far)"});

  InstanceConfig strict = routed();
  strict.strict = Strictness::kFault;
  handle(config_of({strict}));
  EXPECT_EQ(handle(RouteRefused{refused, "no way"}).back(),
            "report one FAULT 100 since 3.659 s: the kernel refused route 10.0.0.0/8: no way");
}

TEST_F(VrrpCoreRoutes, WhatTwoInstancesWantStaysUntilBothLetGo) {
  InstanceConfig other = two();
  other.virtual_routes = {route("10.0.0.0/8")};
  begin(config_of({routed(), other}), {eth0(), eth1()});
  wake_at(kStart + kDown);
  receive(advert(200));
  const Lines first = changes(wake_at(now_ + Router::kHeirAnnounces));
  EXPECT_EQ(std::count(first.begin(), first.end(), "remove route 10.0.0.0/8"), 0);
  EXPECT_EQ(std::count(first.begin(), first.end(), "remove route 10.1.0.0/16"), 1);
  receive(advert(200, two()));
  const Lines second = changes(wake_at(now_ + Router::kHeirAnnounces));
  EXPECT_EQ(std::count(second.begin(), second.end(), "remove route 10.0.0.0/8"), 1);
}

TEST_F(VrrpCoreRoutes, AReloadChangesWhatDiffers) {
  be_active_and_routed();
  InstanceConfig config = routed();
  config.virtual_routes[0].hops[0].device = "eth1";  // another way
  config.virtual_routes.pop_back();
  config.virtual_rules = {rule(8)};
  EXPECT_EQ(changes(handle(config_of({config}))),
            (Lines{"remove rule 9: from all lookup 100", "remove route 10.0.0.0/8",
                   "remove route 10.1.0.0/16", "add route 10.0.0.0/8",
                   "add rule 8: from all lookup 100"}));
  EXPECT_EQ(handle(config_of({config})), Lines{});
}

Config fixed_config() {
  Config config = config_of({instance()});
  VirtualAddress address{prefix("203.0.113.7/24")};
  address.device = "eth1";
  config.fixed.addresses = {address};
  config.fixed.routes = {route("10.0.0.0/8")};
  config.fixed.rules = {rule(9)};
  return config;
}

TEST_F(VrrpCoreRoutes, WhatIsStaticIsThereFromBeginToEnd) {
  EXPECT_EQ(changes(begin(fixed_config(), {eth0(), eth1()})),
            (Lines{"add 203.0.113.7/24 on 3", "add route 10.0.0.0/8",
                   "add rule 9: from all lookup 100"}));
  wake_at(kStart + kDown);
  EXPECT_EQ(changes(handle(Stop{})), Lines{}) << "the addresses still answer";
  const Lines end = changes(wake_at(core_.deadline().value() + 2s));
  EXPECT_EQ(end, (Lines{"remove 192.0.2.10/24 on 2", "remove rule 9: from all lookup 100",
                        "remove route 10.0.0.0/8", "remove 203.0.113.7/24 on 3"}));
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreRoutes, WhatIsStaticIsPutBackAndFollowsAReload) {
  begin(fixed_config(), {eth0(), eth1()});
  obey();
  EXPECT_EQ(handle(routing()), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth1()}),
            (Lines{"warning 203.0.113.7/24 was removed from eth1 by somebody else: put back",
                   "add 203.0.113.7/24 on 3"}));
  EXPECT_EQ(changes(handle(config_of({instance()}))),
            (Lines{"remove 203.0.113.7/24 on 3", "remove rule 9: from all lookup 100",
                   "remove route 10.0.0.0/8"}));
}

TEST_F(VrrpCoreRoutes, AStaticAddressMayBeWhatAdvertsComeFrom) {
  Config config = fixed_config();
  config.fixed.addresses[0].device = "eth0";
  Link bare = eth0();
  bare.addresses.clear();
  begin(config, {bare});
  EXPECT_EQ(wake_at(kStart + kDown).front(), "advert from 203.0.113.7 on 2: vrid 51 priority 100");
}

TEST_F(VrrpCoreRoutes, ARefusedRuleAndARefusedStaticAddressAreTriedAgain) {
  begin(fixed_config(), {eth0(), eth1()});
  obey();
  const Rule refused = rules_.extract(rules_.begin()).value();
  EXPECT_EQ(handle(RuleRefused{refused, "no way"}),
            Lines{"error the kernel refused rule 9: from all lookup 100: no way"});
  EXPECT_EQ(changes(wake_at(now_ + Repairs::kGap)), Lines{"add rule 9: from all lookup 100"});
  EXPECT_EQ(handle(AddressRefused{3, prefix("203.0.113.7/24"), "no way"}),
            Lines{"error the kernel refused 203.0.113.7/24 on eth1: no way"});
  EXPECT_EQ(changes(wake_at(now_ + Repairs::kGap)), Lines{"add 203.0.113.7/24 on 3"});
}

}  // namespace
}  // namespace holdfast::vrrp
