// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Interfaces that flap, and addresses that come and go.
namespace holdfast::vrrp {
namespace {

class DelayTest : public VrrpCoreTest {
 protected:
  static InstanceConfig delayed(std::optional<int> weight, const std::string& interface = "eth1") {
    InstanceConfig config = instance();
    config.track_interfaces = {{interface, weight, false, 2s, 500ms}};
    return config;
  }
};

TEST_F(DelayTest, ADownThatLastsCountsAfterItsDelay) {
  begin(config_of({delayed(-20)}), {eth0(), eth1()});
  now_ += 1s;
  EXPECT_EQ(handle(LinkChanged{down(eth1())}), Lines{});
  EXPECT_EQ(core_.deadline(), now_ + 500ms);
  EXPECT_EQ(wake_at(kStart + 1500ms).front(),
            "info one: priority 100 -> 80: interface eth1 is down: -20");
}

TEST_F(DelayTest, AnUpThatLastsCountsAfterItsDelayAndSaysWhatIsOver) {
  begin(config_of({delayed(-20)}), {eth0(), down(eth1())});
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{});
  EXPECT_EQ(wake_at(kStart + 1999ms), Lines{});
  EXPECT_EQ(wake_at(kStart + 2s).front(),
            "info one: priority 80 -> 100: no longer interface eth1 is down: -20");
}

TEST_F(DelayTest, AFlappingInterfaceChangesNothing) {
  begin(config_of({delayed(std::nullopt)}), {eth0(), eth1()});
  wake_at(kStart + kDown);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(handle(LinkChanged{down(eth1())}), Lines{});
    now_ += 400ms;
    EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{});
    now_ += 10ms;
  }
}

TEST_F(DelayTest, OfItsOwnInterfaceARouterIsSilentButStillActive) {
  begin(config_of({delayed(std::nullopt, "eth0")}));
  wake_at(kStart + kDown);
  EXPECT_EQ(handle(LinkChanged{down(eth0({virtual_address("192.0.2.10/24")}))}), Lines{});
  EXPECT_EQ(wake_at(kStart + kDown + 499ms), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0({virtual_address("192.0.2.10/24")})}), Lines{});
  EXPECT_EQ(wake_at(kStart + kDown + 1s).front(),
            "advert from 198.51.100.1 on 2: vrid 51 priority 100");
}

TEST_F(DelayTest, OfItsOwnInterfaceEndsInAFault) {
  begin(config_of({delayed(std::nullopt, "eth0")}));
  wake_at(kStart + kDown);
  handle(LinkChanged{down(eth0({virtual_address("192.0.2.10/24")}))});
  EXPECT_EQ(wake_at(kStart + kDown + 500ms).back(),
            "report one FAULT 100 since 4.109 s: interface eth0 is down");
}

TEST_F(DelayTest, AReloadMayEndIt) {
  begin(config_of({delayed(-20)}), {eth0(), eth1()});
  handle(LinkChanged{down(eth1())});
  InstanceConfig config = delayed(-20);
  config.track_interfaces.front().down_delay = 0s;
  EXPECT_EQ(handle(config_of({config})).at(1),
            "info one: priority 100 -> 80: interface eth1 is down: -20");
  handle(config_of({delayed(-20)}));
  handle(LinkChanged{eth1()});
  handle(config_of({instance()}));
  EXPECT_EQ(core_.deadline(), kStart + kDown) << "what is tracked no more is waited for no more";
}

// ---- Addresses.

class TrackAddressTest : public VrrpCoreTest {
 protected:
  static InstanceConfig tracking(const std::string& interface, std::optional<int> weight = -20) {
    InstanceConfig config = instance();
    config.track_addresses = {{ip("203.0.113.1"), interface, weight}};
    return config;
  }
  static Link without(Link link) {
    link.addresses.clear();
    return link;
  }
};

TEST_F(TrackAddressTest, AnAddressThatGoesLowersThePriority) {
  begin(config_of({tracking("")}), {eth0(), eth1()});
  EXPECT_EQ(handle(LinkChanged{without(eth1())}).front(),
            "info one: priority 100 -> 80: address 203.0.113.1 is not here: -20");
  EXPECT_EQ(handle(LinkChanged{eth1()}).front(),
            "info one: priority 80 -> 100: no longer address 203.0.113.1 is not here: -20");
  EXPECT_EQ(handle(LinkGone{3}).front(),
            "info one: priority 100 -> 80: address 203.0.113.1 is not here: -20");
}

TEST_F(TrackAddressTest, WithoutAWeightItsAbsenceIsAFault) {
  EXPECT_EQ(begin(config_of({tracking("eth1", std::nullopt)}), {eth0()}).back(),
            "report one FAULT 100 since 0.000 s: address 203.0.113.1 is not on eth1");
  EXPECT_EQ(handle(LinkChanged{eth1()}).back(), "report one BACKUP 100 since 0.000 s: started");
}

TEST_F(TrackAddressTest, OnAnotherInterfaceIsNotOnThisOne) {
  Link elsewhere = eth1();
  elsewhere.name = "eth2";
  elsewhere.index = 4;
  begin(config_of({tracking("eth1")}), {eth0(), without(eth1()), elsewhere});
  EXPECT_EQ(handle(LinkChanged{eth1()}).front(),
            "info one: priority 80 -> 100: no longer address 203.0.113.1 is not on eth1: -20");
}

TEST_F(TrackAddressTest, AnInterfaceThatIsRenamedTakesItAlong) {
  begin(config_of({tracking("eth1")}), {eth0(), eth1()});
  Link renamed = eth1();
  renamed.name = "wan";
  EXPECT_EQ(handle(LinkChanged{renamed}).front(),
            "info one: priority 100 -> 80: address 203.0.113.1 is not on eth1: -20");
}

TEST_F(TrackAddressTest, ThatAnotherInstanceHoldsIsThere) {
  InstanceConfig config = instance();
  config.track_addresses = {{ip("192.0.2.20"), "", 20}};
  InstanceConfig other = two();
  other.priority = Priority{250};
  begin(config_of({config, other}));
  const Link with = eth0({virtual_address("192.0.2.20/24")});
  wake_when_due();
  EXPECT_EQ(handle(LinkChanged{with}).front(),
            "info one: priority 100 -> 120: address 192.0.2.20 is here: +20");
}

TEST_F(TrackAddressTest, AReloadMayBeginToTrackWhatIsThere) {
  begin(config_of({instance()}), {eth0(), eth1()});
  EXPECT_EQ(handle(config_of({tracking("")})), Lines{"info one: new configuration"});
  EXPECT_EQ(handle(LinkChanged{without(eth1())}).front(),
            "info one: priority 100 -> 80: address 203.0.113.1 is not here: -20");
}

// ---- The interface's own address.

TEST_F(VrrpCoreTest, ANewOwnAddressIsSentFromAtOnceAndChangesNoRole) {
  be_active();
  Link link = eth0({virtual_address("192.0.2.10/24")});
  link.addresses.front() = {prefix("198.51.100.77/24"), false};
  EXPECT_EQ(handle(LinkChanged{link}), Lines{});
  EXPECT_EQ(wake_at(kStart + kDown + 1s).front(),
            "advert from 198.51.100.77 on 2: vrid 51 priority 100");
}

class TrackRouteTest : public VrrpCoreTest {
 protected:
  static InstanceConfig tracking(std::optional<int> weight, bool reverse = false) {
    InstanceConfig config = instance();
    config.track_routes = {{prefix("203.0.113.0/24"), kMainTable, {}, "", weight, reverse}};
    return config;
  }
  static Route route(std::optional<IpAddress> via = ip("198.51.100.9"), int link = 2) {
    Route route;
    route.key = {kMainTable, prefix("203.0.113.0/24"), 7};
    route.hops = {{via, link}};
    return route;
  }
};

TEST_F(TrackRouteTest, ARouteThatGoesLowersThePriority) {
  handle(RoutesSeen{{route()}});
  begin(config_of({tracking(-20)}));
  EXPECT_EQ(core_.watched_routes(), (std::set<RoutePlace>{{kMainTable, prefix("203.0.113.0/24")}}));
  const std::string why = "route 203.0.113.0/24 is not here: -20";
  EXPECT_EQ(handle(RoutesSeen{}).at(0), "info one: priority 100 -> 80: " + why);
  EXPECT_EQ(std::get<RouterState>(*std::get<Report>(actions_.at(1)).message).moved_by, why);
  EXPECT_EQ(handle(RoutesSeen{{route()}}).at(0), "info one: priority 80 -> 100: no longer " + why);
}

TEST_F(TrackRouteTest, WithoutAWeightItsAbsenceIsAFault) {
  EXPECT_EQ(begin(config_of({tracking({})})).at(0),
            "info one: INIT -> FAULT, priority 100: route 203.0.113.0/24 is not here");
  EXPECT_EQ(handle(RoutesSeen{{route()}}).at(0),
            "info one: FAULT -> BACKUP, priority 100: started");
}

TEST_F(TrackRouteTest, ReversedItsPresenceIsAFault) {
  handle(RoutesSeen{{route()}});
  EXPECT_EQ(begin(config_of({tracking({}, true)})).at(0),
            "info one: INIT -> FAULT, priority 100: route 203.0.113.0/24 is here");
}

TEST_F(TrackRouteTest, TheWayMayBeAsked) {
  InstanceConfig config = tracking({});
  config.track_routes[0].via = ip("198.51.100.9");
  config.track_routes[0].interface = "eth1";
  handle(RoutesSeen{{route(), route(ip("198.51.100.8"), 3)}});
  EXPECT_EQ(begin(config_of({config}), {eth0(), eth1()}).at(0),
            "info one: INIT -> FAULT, priority 100: route 203.0.113.0/24 via 198.51.100.9 dev eth1 "
            "is not here");
  EXPECT_EQ(only(handle(RoutesSeen{{route(ip("198.51.100.9"), 3)}}), "info"),
            Lines{"info one: FAULT -> BACKUP, priority 100: started"});
}

TEST_F(TrackRouteTest, OnesThatAreAnotherOrLeadNowhereAreNone) {
  Route other_table = route();
  other_table.key.table = 100;
  Route other_network = route();
  other_network.key.to = prefix("203.0.113.0/25");
  Route nowhere = route();
  nowhere.type = RouteType::kBlackhole;
  nowhere.hops.clear();
  handle(RoutesSeen{{other_table, other_network, nowhere}});
  EXPECT_EQ(begin(config_of({tracking({})})).at(0),
            "info one: INIT -> FAULT, priority 100: route 203.0.113.0/24 is not here");
}

// ---- A virtual server, which is up while it has its quorum.

class TrackServiceTest : public VrrpCoreTest {
 protected:
  static InstanceConfig tracking(std::optional<int> weight) {
    InstanceConfig config = instance();
    config.track_services = {{"shop", weight, false}};
    return config;
  }
  Lines quorum(bool there) {
    ServiceState state;
    state.service = "shop";
    state.quorum = there;
    return handle(state);
  }
};

TEST_F(TrackServiceTest, WithoutItsQuorumIsAFault) {
  EXPECT_EQ(quorum(true), Lines{}) << "told before it begins";
  begin(config_of({tracking(std::nullopt)}));
  EXPECT_EQ(quorum(false).front(),
            "info one: BACKUP -> FAULT, priority 100: virtual server shop has no quorum");
  EXPECT_EQ(only(quorum(true), "info"), Lines{"info one: FAULT -> BACKUP, priority 100: started"});
}

TEST_F(TrackServiceTest, WithAWeightMovesThePriority) {
  quorum(true);
  begin(config_of({tracking(-30), two()}));
  EXPECT_EQ(quorum(false).front(),
            "info one: priority 100 -> 70: virtual server shop has no quorum: -30");
  EXPECT_EQ(only(quorum(false), "info"), Lines{}) << "it was known";
  ServiceState other;
  other.service = "other";
  EXPECT_EQ(handle(other), Lines{}) << "which nobody tracks";
}

}  // namespace
}  // namespace holdfast::vrrp
