// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "config/load.h"
#include "tests/unit/config/faults_of.h"

// IPv6, excluded addresses, the ways of adverts, and sync groups: good and bad.
namespace holdfast {
namespace {

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
IpPrefix prefix(const char* text) {
  return *IpPrefix::parse(text);
}

InstanceConfig only_instance(const std::string& document) {
  const Config config = config_of(document);
  EXPECT_EQ(config.instances.size(), 1U);
  return config.instances.at(0);
}

// An instance whose addresses are IPv6, and lines of it from line 8 on.
std::string ipv6_with(const std::string& lines, const std::string& addresses) {
  return "version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
         "      virtual_router_id: 51\n      addresses: [" +
         addresses + "]\n" + lines;
}

TEST(LoadVrrp, AFirewallForThePeers) {
  EXPECT_EQ(only_instance(instance_with("")).firewall, Firewall::kNone);
  const std::string unicast = "      unicast: {peers: [198.51.100.2]}\n";
  EXPECT_EQ(only_instance(instance_with("      firewall: peers\n" + unicast)).firewall,
            Firewall::kPeers);
  const std::string all =
      "version: 1\nvrrp:\n  firewall: peers\n  instances:\n"
      "    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [192.0.2.1], "
      "allowed_sources: [192.0.2.0/24]}\n"
      "    - {name: b, interface: eth0, virtual_router_id: 2, addresses: [192.0.2.2]";
  const Config config = config_of(all + ", firewall: none}\n");
  EXPECT_EQ(config.instances.at(0).firewall, Firewall::kPeers);
  EXPECT_EQ(config.instances.at(1).firewall, Firewall::kNone);
  const std::string what =
      " does not say who they are, expected unicast: {peers: [...]} or allowed_sources: [...] "
      "beside it";
  EXPECT_EQ(
      faults_of(all + "}\n"),
      Texts{"f:6:14: firewall: peers drops the adverts of all but the peers, and instance 'b'" +
            what + ", or firewall: none"});
  EXPECT_EQ(
      faults_of(instance_with("      firewall: peers\n")),
      Texts{"f:8:17: firewall: peers drops the adverts of all but the peers, and instance 'web'" +
            what});
  EXPECT_EQ(faults_of(instance_with("      firewall: all\n")),
            Texts{"f:8:17: firewall: found 'all', expected none or peers"});
}

TEST(LoadVrrp, AnInstanceOfIpv6) {
  const InstanceConfig web = only_instance(ipv6_with("", "'fe80::10/64', '2001:db8::10/64'"));
  EXPECT_EQ(web.addresses,
            (std::vector<VirtualAddress>{prefix("fe80::10/64"), prefix("2001:db8::10/64")}));
  EXPECT_EQ(web.family(), Family::kIpv6);
  EXPECT_EQ(web.group(), ip("ff02::12"));
}

TEST(LoadVrrp, ExcludedAddressesAreOfEitherFamily) {
  const InstanceConfig web = only_instance(
      instance_with("      excluded_addresses: ['2001:db8::7/64', 203.0.113.7/32]\n"));
  EXPECT_EQ(web.excluded_addresses,
            (std::vector<VirtualAddress>{prefix("2001:db8::7/64"), prefix("203.0.113.7/32")}));
  EXPECT_EQ(web.held(),
            (std::vector<VirtualAddress>{prefix("192.0.2.10/24"), prefix("2001:db8::7/64"),
                                         prefix("203.0.113.7/32")}));
  EXPECT_EQ(web.family(), Family::kIpv4);
}

TEST(LoadVrrp, TheWayOfAdverts) {
  InstanceConfig web = only_instance(
      instance_with("      source_address: 198.51.100.1\n      multicast_group: 224.0.0.200\n"));
  EXPECT_EQ(web.source_address, ip("198.51.100.1"));
  EXPECT_EQ(web.group(), ip("224.0.0.200"));
  EXPECT_EQ(web.unicast, std::nullopt);

  web = only_instance(instance_with("      allowed_sources: [198.51.100.2, 203.0.113.0/24]\n"));
  EXPECT_EQ(web.allowed_sources,
            (std::vector<IpPrefix>{prefix("198.51.100.2/32"), prefix("203.0.113.0/24")}));

  web = only_instance(instance_with("      unicast: {peers: [198.51.100.2]}\n"));
  EXPECT_EQ(web.unicast, (UnicastConfig{{{ip("198.51.100.2"), 255, 255}}, 255}));
  EXPECT_EQ(web.source_address, std::nullopt);

  web = only_instance(
      instance_with("      unicast:\n        ttl: 1\n        peers:\n          - 198.51.100.2\n"
                    "          - {address: 198.51.100.3, min_ttl: 0}\n"
                    "          - {address: 198.51.100.4, min_ttl: 60, max_ttl: 64}\n"));
  EXPECT_EQ(web.unicast, (UnicastConfig{{{ip("198.51.100.2"), 255, 255},
                                         {ip("198.51.100.3"), 0, 255},
                                         {ip("198.51.100.4"), 60, 64}},
                                        1}));
}

TEST(LoadVrrp, ASyncGroupGivesItsMembersWhatItTracks) {
  const Config config = config_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1]}
    - name: b
      interface: eth1
      virtual_router_id: 1
      addresses: [10.0.0.2]
      track: [{interface: eth2, weight: -5}]
    - {name: c, interface: eth1, virtual_router_id: 2, addresses: [10.0.0.3]}
  sync_groups:
    - name: both
      instances: [b, a]
      track: [{interface: eth2}, {check: nginx, weight: -20}]
checks: [{name: nginx, tcp: 127.0.0.1:80}]
)");
  EXPECT_EQ(config.sync_groups, std::vector{(SyncGroupConfig{"both", {"b", "a"}})});
  ASSERT_EQ(config.instances.size(), 3U);
  EXPECT_EQ(config.instances[0].sync_group, "both");
  EXPECT_EQ(config.instances[0].track_interfaces, (std::vector{TrackInterface{"eth2", {}}}));
  EXPECT_EQ(config.instances[0].track_checks, (std::vector{TrackCheck{"nginx", -20}}));
  EXPECT_EQ(config.instances[1].sync_group, "both");
  EXPECT_EQ(config.instances[1].track_interfaces, (std::vector{TrackInterface{"eth2", -5}}))
      << "what a member says itself";
  EXPECT_EQ(config.instances[2].sync_group, "");
  EXPECT_TRUE(config.instances[2].track_checks.empty());
}

TEST(LoadVrrp, RoutesMayBeTracked) {
  const InstanceConfig web = only_instance(
      instance_with("      track:\n        - {route: default}\n"
                    "        - {route: default, via: 'fe80::1', interface: eth1, reverse: true}\n"
                    "        - {route: 203.0.113.0/24, table: 100, via: 192.0.2.1, weight: -20}\n"
                    "        - {route: '2001:db8::/32', table: main, weight: 5}\n"));
  const auto to = [](const char* text) { return IpPrefix::parse(text).value(); };
  EXPECT_EQ(web.track_routes,
            (std::vector<TrackRoute>{{to("0.0.0.0/0"), kMainTable, {}, "", {}, false},
                                     {to("::/0"), kMainTable, ip("fe80::1"), "eth1", {}, true},
                                     {to("203.0.113.0/24"), 100, ip("192.0.2.1"), "", -20, false},
                                     {to("2001:db8::/32"), kMainTable, {}, "", 5, false}}));
}

// ---- Bad values.

struct Case {
  const char* lines;
  Texts faults;
};

class VrrpFaults : public testing::TestWithParam<Case> {};

TEST_P(VrrpFaults, AreExactlyThese) {
  EXPECT_EQ(faults_of(instance_with(GetParam().lines)), GetParam().faults) << GetParam().lines;
}

INSTANTIATE_TEST_SUITE_P(
    Ways, VrrpFaults,
    testing::Values(
        Case{"      source_address: 198.51.100.1/24\n",
             {"f:8:23: source_address: found '198.51.100.1/24', expected an IP address, such as "
              "192.0.2.1 or fe80::1"}},
        Case{"      source_address: 224.0.0.1\n",
             {"f:8:23: source_address: found '224.0.0.1', a multicast address, expected the "
              "address of a host"}},
        Case{"      source_address: 'fe80::1'\n",
             {"f:8:23: source_address: found 'fe80::1', expected an IPv4 address like the first of "
              "addresses"}},
        Case{"      multicast_group: 192.0.2.1\n",
             {"f:8:24: multicast_group: found '192.0.2.1', expected a multicast address, such as "
              "224.0.0.18 or ff02::12"}},
        Case{"      multicast_group: 'ff02::12'\n",
             {"f:8:24: multicast_group: found 'ff02::12', expected an IPv4 address like the first "
              "of addresses"}},
        Case{"      allowed_sources: ['fe80::/64']\n",
             {"f:8:25: allowed_sources: found 'fe80::', expected an IPv4 address like the first "
              "of addresses"}},
        Case{"      allowed_sources: [192.0.2.0/33, peer]\n",
             {"f:8:25: allowed_sources: found '192.0.2.0/33', expected a network, such as "
              "192.0.2.0/24 or 2001:db8::/64",
              "f:8:39: allowed_sources: found 'peer', expected a network, such as 192.0.2.0/24 or "
              "2001:db8::/64"}},
        Case{"      allowed_sources: [192.0.2.2]\n      unicast: {peers: [198.51.100.2]}\n",
             {"f:8:24: allowed_sources: the adverts are unicast, whose peers say who is heard"}},
        Case{"      multicast_group: 224.0.0.200\n      unicast: {peers: [198.51.100.2]}\n",
             {"f:8:24: multicast_group: the adverts are unicast, expected one of both"}},
        Case{"      excluded_addresses: [192.0.2.0/24]\n",
             {"f:8:28: excluded_addresses: found '192.0.2.0/24', the address of the network "
              "itself, expected the address of a host"}},
        Case{"      excluded_addresses: [192.0.2.10/24]\n",
             {"f:8:28: excluded_addresses: '192.0.2.10' is given already, at line 7, column 19"}}));

INSTANTIATE_TEST_SUITE_P(
    TrackedRoutes, VrrpFaults,
    testing::Values(
        Case{"      track: [{route: 203.0.113.1/24}]\n",
             {"f:8:23: route: found '203.0.113.1/24', expected a network, such as 192.0.2.0/24 or "
              "2001:db8::/64: bits are set beyond its length"}},
        Case{"      track: [{route: 203.0.113.0/24, via: 'fe80::1'}]\n",
             {"f:8:44: via: found an address of another family than that of route"}},
        Case{"      track: [{route: 203.0.113.0/24, check: nginx}]\n",
             {"f:8:15: a track entry needs either 'interface', 'check', 'virtual_server', "
              "'address' or 'route'"}},
        Case{"      track: [{interface: eth1, table: 5}]\n",
             {"f:8:40: table: only a route has one"}},
        Case{"      track: [{route: 203.0.113.0/24}]\n      virtual_routes: [{to: 203.0.113.0/24, "
             "via: 192.0.2.1}]\n",
             {"f:8:23: route: it is one of the instance's own, which come and go with its state"}},
        Case{"      priority: 255\n      track: [{route: default, weight: 5}]\n",
             {"f:9:40: weight: nothing moves the priority of the owner of the addresses (255), "
              "expected no weight, or a priority below 255"}}));

INSTANTIATE_TEST_SUITE_P(
    AcceptMode, VrrpFaults,
    testing::Values(
        Case{"      accept: no\n", {"f:8:15: accept: found 'no', expected true or false"}},
        Case{"      priority: 255\n      accept: false\n",
             {"f:9:15: accept: the owner of the addresses (priority 255) always accepts, expected "
              "true, or a priority below 255"}},
        Case{"      priority: 255\n      accept: true\n", {}}));

INSTANTIATE_TEST_SUITE_P(
    Unicast, VrrpFaults,
    testing::Values(
        Case{"      unicast: {}\n", {"f:8:16: unicast lacks the key 'peers'"}},
        Case{"      unicast: {peers: []}\n",
             {"f:8:24: peers: found an empty list, expected a list of at least one entry"}},
        Case{"      unicast: {source: 198.51.100.1, peers: [198.51.100.2]}\n",
             {"f:8:17: unknown key 'source' in unicast, expected one of peers or ttl"}},
        Case{"      unicast: {peers: [198.51.100.2], ttl: 0}\n",
             {"f:8:45: ttl: found '0', expected a whole number from 1 to 255"}},
        Case{"      unicast: {peers: [lb2]}\n",
             {"f:8:25: peers: found 'lb2', expected an IP address, such as 192.0.2.1 or fe80::1"}},
        Case{"      unicast: {peers: ['fe80::2']}\n",
             {"f:8:25: peers: found 'fe80::2', expected an IPv4 address like the first of "
              "addresses"}},
        Case{"      unicast: {peers: [198.51.100.2, {address: 198.51.100.2}]}\n",
             {"f:8:49: peers: '198.51.100.2' is given already, at line 8, column 25"}},
        Case{"      unicast: {peers: [{min_ttl: 5}]}\n",
             {"f:8:25: a peer lacks the key 'address'"}},
        Case{"      unicast: {peers: [{address: 198.51.100.2, min_ttl: 5, max_ttl: 4}]}\n",
             {"f:8:70: max_ttl: found '4', expected a whole number from 5 to 255"}},
        Case{"      unicast: {peers: [{address: 198.51.100.2, min_ttl: 256}]}\n",
             {"f:8:58: min_ttl: found '256', expected a whole number from 0 to 255"}}));

TEST(LoadVrrp, AddressesInAdvertsAreOfOneFamily) {
  EXPECT_EQ(faults_of(ipv6_with("", "192.0.2.10/24, '2001:db8::10/64'")),
            Texts{"f:7:34: addresses: found '2001:db8::10', expected an IPv4 address like the "
                  "first of addresses; those of the other family go to excluded_addresses"});
  EXPECT_EQ(faults_of(ipv6_with("", "'2001:db8::10/64', 192.0.2.10/24")),
            Texts{"f:7:38: addresses: found '192.0.2.10', expected an IPv6 address like the first "
                  "of addresses; those of the other family go to excluded_addresses"});
}

// RFC 9568 §5.2.9.
TEST(LoadVrrp, ALinkLocalAddressIsTheFirst) {
  EXPECT_EQ(faults_of(ipv6_with("", "'2001:db8::10/64'")), Texts{});
  EXPECT_EQ(faults_of(ipv6_with("", "'2001:db8::10/64', 'fe80::10/64'")),
            Texts{"f:7:38: addresses: 'fe80::10' is link-local, expected it to be the first"});
}

TEST(LoadVrrp, Ipv6NeedsVersion3) {
  EXPECT_EQ(faults_of(ipv6_with("      version: 2\n", "'fe80::10/64'")),
            Texts{"f:7:19: addresses: version 2 has no IPv6, expected version 3"});
}

TEST(LoadVrrp, Ipv6AddressesFitIntoOnePacket) {
  const auto many = [](int count) {
    std::string addresses;
    for (int i = 1; i <= count; ++i) {
      addresses += (i > 1 ? ",\n" : "") + std::string("'2001:db8::") + std::to_string(i) + "'";
    }
    return faults_of(ipv6_with("", addresses));
  };
  EXPECT_EQ(many(90), Texts{});
  EXPECT_EQ(many(91), Texts{"f:97:1: addresses: expected at most 90 IPv6 addresses; more go to "
                            "excluded_addresses"});
}

TEST(LoadVrrp, PeersOfIpv6AreAllOnTheLinkOrNone) {
  EXPECT_EQ(faults_of(ipv6_with("      unicast: {peers: ['fe80::2', '2001:db8::2']}\n",
                                "'2001:db8::10/64'")),
            Texts{"f:8:36: peers: found '2001:db8::2', expected all of them to be link-local or "
                  "none"});
  EXPECT_EQ(faults_of(ipv6_with("      unicast: {peers: ['2001:db8::3', '2001:db8::2']}\n",
                                "'2001:db8::10/64'")),
            Texts{});
}

TEST(LoadVrrp, OneVridOfEachFamilyOnAnInterface) {
  EXPECT_EQ(faults_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 51, addresses: [10.0.0.1]}
    - {name: b, interface: eth0, virtual_router_id: 51, addresses: ['fe80::10']}
    - {name: c, interface: eth0, virtual_router_id: 51, addresses: ['fe80::11']}
    - {name: d, interface: eth1, virtual_router_id: 51, addresses: ['fe80::10']}
)"),
            Texts{"f:6:53: virtual_router_id: 51 is used on 'eth0' by another instance, at line 5, "
                  "column 53"});
}

// ---- Sync groups.

Texts group_faults(const std::string& groups, const std::string& priority = "100") {
  return faults_of(
      "version: 1\nvrrp:\n  instances:\n"
      "    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1]}\n"
      "    - {name: b, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2], priority: " +
      priority + "}\n  sync_groups:\n" + groups);
}

TEST(LoadVrrp, ASyncGroupHasANameAndMembers) {
  EXPECT_EQ(group_faults("    - {}\n"), (Texts{"f:7:7: a sync group lacks the key 'instances'",
                                               "f:7:7: a sync group lacks the key 'name'"}));
  EXPECT_EQ(group_faults("    - {name: g, instances: []}\n"),
            Texts{"f:7:28: instances: found an empty list, expected a list of at least one entry"});
  EXPECT_EQ(group_faults("    - {name: g, instances: [a]}\n    - {name: g, instances: [b]}\n"),
            Texts{"f:8:14: name: 'g' is the name of another sync group"});
}

TEST(LoadVrrp, AMemberExistsAndIsInOneGroup) {
  EXPECT_EQ(group_faults("    - {name: g, instances: [a, bb]}\n"),
            Texts{"f:7:32: instances: no instance is called 'bb', did you mean 'b'?"});
  EXPECT_EQ(group_faults("    - {name: g, instances: [a, b, a]}\n"),
            Texts{"f:7:35: instances: 'a' is in the sync group 'g' already"});
  EXPECT_EQ(group_faults("    - {name: g, instances: [a]}\n    - {name: h, instances: [a, b]}\n"),
            Texts{"f:8:29: instances: 'a' is in the sync group 'g' already"});
}

TEST(LoadVrrp, OwnersAreInGroupsOfOwners) {
  EXPECT_EQ(group_faults("    - {name: g, instances: [a, b]}\n", "255"),
            Texts{"f:7:32: instances: 'b' owns its addresses (priority 255) and 'a' does not: they "
                  "cannot move together"});
  EXPECT_EQ(group_faults("    - {name: g, instances: [b, a]}\n", "255"),
            Texts{"f:7:32: instances: 'a' does not own its addresses (priority 255) and 'b' does: "
                  "they cannot move together"});
}

TEST(LoadVrrp, WhatAGroupTracksExists) {
  EXPECT_EQ(group_faults("    - {name: g, instances: [a, b], track: [{check: nginx}]}\n"),
            Texts{"f:7:52: check: no check is called 'nginx'"})
      << "once, not for each member";
}

}  // namespace
}  // namespace holdfast
