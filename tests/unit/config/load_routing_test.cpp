// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/faults_of.h"

// Addresses with traits, routes, rules, and what is static.
namespace holdfast {
namespace {

IpPrefix prefix(const std::string& text) {
  return IpPrefix::parse(text).value();
}
IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}
InstanceConfig instance_of(std::string_view lines) {
  return config_of(instance_with(lines)).instances.at(0);
}
// The message of the only fault, without its place.
std::string fault_of(std::string_view lines) {
  const Loaded loaded = load_config(instance_with(lines), "f", "host");
  EXPECT_EQ(loaded.diagnostics.size(), 1U) << lines;
  return loaded.diagnostics.empty() ? "" : loaded.diagnostics.front().message;
}

TEST(LoadRouting, AnAddressWithAllItsTraits) {
  const InstanceConfig instance = instance_of(R"(      excluded_addresses:
        - {address: 192.0.2.20/25, label: "eth0:vip", scope: link, broadcast: +}
        - {address: 203.0.113.1/32, device: eth1, peer: 203.0.113.2, scope: 17, no_track: true}
        - {address: 203.0.113.9/24, device: eth1, label: "eth1:x", broadcast: 203.0.113.255}
        - {address: 2001:db8::1/64, device: eth1}
)");
  VirtualAddress labelled{prefix("192.0.2.20/25")};
  labelled.traits = {"eth0:vip", address("192.0.2.127"), {}, 253};
  VirtualAddress peered{prefix("203.0.113.1/32")};
  peered.device = "eth1";
  peered.traits = {"", {}, address("203.0.113.2"), 17};
  peered.track = false;
  VirtualAddress broad{prefix("203.0.113.9/24")};
  broad.device = "eth1";
  broad.traits = {"eth1:x", address("203.0.113.255"), {}, 0};
  VirtualAddress six{prefix("2001:db8::1/64")};
  six.device = "eth1";
  EXPECT_EQ(instance.excluded_addresses, (std::vector{labelled, peered, broad, six}));
  EXPECT_EQ(instance.device_of(labelled), "eth0");
  EXPECT_EQ(instance.device_of(six), "eth1");
}

TEST(LoadRouting, WhatAnAddressCannotHave) {
  const auto fault = [](const std::string& entry) {
    return fault_of("      excluded_addresses: [" + entry + "]\n");
  };
  EXPECT_EQ(fault("{device: eth1}"), "an address lacks the key 'address'");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, label: vip}"),
            "label: found 'vip', expected DEVICE:TEXT of at most 15 characters, such as eth0:vip");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, label: 'eth1:vip'}"),
            "label: found 'eth1:vip', expected it to begin with 'eth0:'");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, scope: universe}"),
            "scope: found 'universe', expected global, site, link, host or nowhere");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, scope: 256}"),
            "scope: found '256', expected a whole number from 0 to 255");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, broadcast: 2001:db8::1}"),
            "broadcast: found '2001:db8::1', expected an IPv4 address, or + for the last one of "
            "the network");
  EXPECT_EQ(fault("{address: 192.0.2.20/24, peer: 2001:db8::1}"),
            "peer: found '2001:db8::1', expected another address of the same family");
  EXPECT_EQ(fault("{address: 2001:db8::1/64, label: 'eth0:x'}"), "label: IPv6 addresses have none");
}

TEST(LoadRouting, Strictness) {
  EXPECT_EQ(instance_of("").strict, Strictness::kRepair);
  EXPECT_EQ(instance_of("      strict: fault\n").strict, Strictness::kFault);
  EXPECT_EQ(fault_of("      strict: true\n"), "strict: found 'true', expected repair or fault");
}

TEST(LoadRouting, RoutesOfAnInstance) {
  const InstanceConfig instance = instance_of(R"(      virtual_routes:
        - {to: 198.51.100.0/24, via: 192.0.2.254}
        - {to: default, via: 192.0.2.254, dev: eth0, src: 192.0.2.10, table: 100, metric: 7,
           onlink: true, scope: global, no_track: true}
        - {to: default, via: "2001:db8::1", table: main}
        - {to: 203.0.113.0/24, type: blackhole, table: local}
        - {to: 2001:db8:1::/48, nexthops: [{via: fe80::1, dev: eth0, weight: 256}, {dev: eth1}]}
)");
  RouteConfig plain;
  plain.to = prefix("198.51.100.0/24");
  plain.hops = {{address("192.0.2.254"), "", 1, false}};
  RouteConfig full;
  full.to = prefix("0.0.0.0/0");
  full.hops = {{address("192.0.2.254"), "eth0", 1, true}};
  full.source = address("192.0.2.10");
  full.table = 100;
  full.metric = 7;
  full.scope = 0;
  full.track = false;
  RouteConfig six;
  six.to = prefix("::/0");
  six.hops = {{address("2001:db8::1"), "", 1, false}};
  RouteConfig hole;
  hole.type = RouteType::kBlackhole;
  hole.to = prefix("203.0.113.0/24");
  hole.table = 255;
  RouteConfig many;
  many.to = prefix("2001:db8:1::/48");
  many.hops = {{address("fe80::1"), "eth0", 256, false}, {{}, "eth1", 1, false}};
  EXPECT_EQ(instance.virtual_routes, (std::vector{plain, full, six, hole, many}));
  EXPECT_EQ(six.key(), (RouteKey{254, prefix("::/0"), 1024}));
  EXPECT_EQ(full.key(), (RouteKey{100, prefix("0.0.0.0/0"), 7}));
}

TEST(LoadRouting, WhatARouteCannotBe) {
  const auto fault = [](const std::string& entry) {
    return fault_of("      virtual_routes: [{" + entry + "}]\n");
  };
  EXPECT_EQ(fault("via: 192.0.2.254"), "a route lacks the key 'to'");
  EXPECT_EQ(fault("to: 198.51.100.0/24"), "a route: expected via, dev or nexthops");
  EXPECT_EQ(fault("to: 198.51.100.1/24, dev: eth0"),
            "to: found '198.51.100.1/24', expected a network, such as 192.0.2.0/24 or "
            "2001:db8::/64: bits are set beyond its length");
  EXPECT_EQ(fault("to: 198.51.100.0/24, dev: eth0, nexthops: [{dev: eth1}]"),
            "a route: found nexthops beside via, dev or onlink, expected one of both");
  EXPECT_EQ(fault("to: 198.51.100.0/24, type: throw, dev: eth0"),
            "a route: one that leads nowhere has no via, dev, onlink or nexthops");
  EXPECT_EQ(fault("to: 198.51.100.0/24, via: 2001:db8::1"),
            "a route: found addresses of both families, expected those of one");
  EXPECT_EQ(fault("to: 198.51.100.0/24, via: 192.0.2.254, onlink: true"),
            "onlink: expected via and dev beside it");
  EXPECT_EQ(fault("to: 198.51.100.0/24, dev: eth0, table: mein"),
            "table: found 'mein', expected main, default or local, did you mean 'main'?");
  EXPECT_EQ(fault("to: 198.51.100.0/24, dev: eth0, table: 0"),
            "table: found '0', expected a whole number from 1 to 4294967295");
  EXPECT_EQ(fault("to: 2001:db8::/48, dev: eth0, scope: link"), "scope: IPv6 routes have none");
  EXPECT_EQ(fault("to: 198.51.100.0/24, nexthops: [{weight: 3}]"),
            "a nexthop: expected via, dev or both");
}

TEST(LoadRouting, RulesOfAnInstance) {
  const InstanceConfig instance = instance_of(R"(      virtual_rules:
        - {priority: 100, from: 192.0.2.0/24, to: 198.51.100.0/24, iif: eth0, oif: eth1,
           fwmark: 0x18/0xff, table: 100}
        - {priority: 4294967295, from: all, family: ipv6, action: prohibit, no_track: true}
        - {priority: 1, to: "2001:db8::/48", fwmark: 24, table: main}
)");
  const Rule full{Family::kIpv4,
                  100,
                  prefix("192.0.2.0/24"),
                  prefix("198.51.100.0/24"),
                  "eth0",
                  "eth1",
                  0x18,
                  0xff,
                  RuleAction::kLookup,
                  100};
  const Rule six{Family::kIpv6, 0xffffffff, {}, {}, "", "", 0, 0, RuleAction::kProhibit, 0};
  const Rule marked{Family::kIpv6,       1,  prefix("2001:db8::/48"), {}, "", "", 24, 0xffffffff,
                    RuleAction::kLookup, 254};
  Rule to = marked;
  std::swap(to.from, to.to);
  EXPECT_EQ(instance.virtual_rules,
            (std::vector<RuleConfig>{{full, true}, {six, false}, {to, true}}));
}

TEST(LoadRouting, WhatARuleCannotBe) {
  const auto fault = [](const std::string& entry) {
    return fault_of("      virtual_rules: [{" + entry + "}]\n");
  };
  EXPECT_EQ(fault("from: 192.0.2.0/24, table: 1"), "a rule lacks the key 'priority'");
  EXPECT_EQ(fault("priority: 1, from: 192.0.2.0/24"),
            "a rule: expected a table, or another action");
  EXPECT_EQ(fault("priority: 1, action: blackhole, table: 1"),
            "a rule: found a table, expected the action lookup");
  EXPECT_EQ(fault("priority: 1, from: 192.0.2.0/24, to: '2001:db8::/48', table: 1"),
            "a rule: found networks of both families, expected those of one");
  EXPECT_EQ(fault("priority: 1, from: 0.0.0.0/0, table: 1"),
            "from: expected all, and the family of the rule");
  for (const std::string mark : {"-1", "0x100/0xff", "1/0", "1/", "x"}) {
    EXPECT_EQ(fault("priority: 1, table: 1, fwmark: " + mark),
              "fwmark: found '" + mark + "', expected MARK or MARK/MASK, such as 24 or 0x18/0xff");
  }
}

TEST(LoadRouting, WhatIsStatic) {
  const Config config = config_of(R"(version: 1
static:
  addresses: [{address: 192.0.2.1/24, device: eth0}]
  routes: [{to: 198.51.100.0/24, dev: eth0}]
  rules: [{priority: 9, table: 9}]
)");
  ASSERT_EQ(config.fixed.addresses.size(), 1U);
  EXPECT_EQ(config.fixed.addresses[0].prefix(), prefix("192.0.2.1/24"));
  EXPECT_EQ(config.fixed.addresses[0].device, "eth0");
  EXPECT_EQ(config.fixed.routes.size(), 1U);
  EXPECT_EQ(config.fixed.rules.size(), 1U);
  EXPECT_EQ(faults_of("version: 1\nstatic: {addresses: [192.0.2.1/24]}\n"),
            Texts{"f:2:22: addresses: a static address lacks the key 'device'"});
}

TEST(LoadRouting, SeveralMayHoldTheSameButNotInTwoForms) {
  const std::string instance = instance_with(
      "      virtual_routes: [{to: 198.51.100.0/24, via: 192.0.2.254}]\n"
      "      virtual_rules: [{priority: 9, table: 9}]\n");
  const auto with = [&](const std::string& fixed) { return faults_of(instance + fixed); };
  EXPECT_EQ(with("static:\n  routes: [{to: 198.51.100.0/24, via: 192.0.2.254}]\n"
                 "  rules: [{priority: 9, table: 9}]\n"),
            Texts{});
  EXPECT_EQ(with("static:\n  routes: [{to: 198.51.100.0/24, via: 192.0.2.253}]\n"),
            Texts{"f:8:24: a route: another one to '198.51.100.0/24' with the same table and "
                  "metric is given, at line 11, column 12"});
  EXPECT_EQ(with("static:\n  rules: [{priority: 9, table: 9, no_track: true}]\n"),
            Texts{"f:9:23: a rule: it is given with another no_track, at line 11, column 11"});
  EXPECT_EQ(with("static:\n  addresses: [{address: 192.0.2.10/24, device: eth0}]\n"),
            Texts{"f:11:15: addresses: '192.0.2.10' is given already, at line 7, column 19"});
}

}  // namespace
}  // namespace holdfast
