// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/keepalived_words.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Load, EveryKeyOfAnInstance) {
  const Config config = config_of(R"(version: 1
vrrp:
  instances:
    - name: web
      interface: eth0.7
      virtual_router_id: 255
      version: 3
      priority: 1
      advert_interval: 40.95s
      preempt: {delay: 1000s}
      checksum: message-only
      addresses: [192.0.2.10/24, 192.0.2.11]
      track:
        - {interface: eth1}
        - {check: nginx, weight: -253}
        - {interface: eth2, weight: 253}
        - {check: db}
checks: [{name: nginx, tcp: 192.0.2.1:80}, {name: db, tcp: 192.0.2.1:5432}]
)");
  InstanceConfig web;
  web.name = "web";
  web.interface = "eth0.7";
  web.vrid = Vrid{255};
  web.priority = Priority{1};
  web.advert_interval = milliseconds{40'950};
  web.preempt_delay = seconds{1000};
  web.checksum = ChecksumForm::kMessageOnly;
  web.addresses = {*IpPrefix::parse("192.0.2.10/24"), *IpPrefix::parse("192.0.2.11/32")};
  web.track_interfaces = {{"eth1", {}}, {"eth2", 253}};
  web.track_checks = {{"nginx", -253}, {"db", {}}};
  EXPECT_EQ(config.instances, std::vector{web});
}

TEST(Load, TheOtherValuesOfAnInstance) {
  const Config config = config_of(R"(version: 1
vrrp:
  instances:
    - name: old
      interface: eth0
      virtual_router_id: 1
      version: 2
      priority: 255
      advert_interval: 255s
      addresses: [198.51.100.1/31]
    - {name: off, interface: eth0, virtual_router_id: 2, preempt: false, addresses: [10.0.0.1/8]}
)");
  InstanceConfig old;
  old.name = "old";
  old.interface = "eth0";
  old.vrid = Vrid{1};
  old.version = VrrpVersion::k2;
  old.priority = kPriorityOwner;
  old.advert_interval = seconds{255};
  old.addresses = {*IpPrefix::parse("198.51.100.1/31")};

  InstanceConfig off;
  off.name = "off";
  off.interface = "eth0";
  off.vrid = Vrid{2};
  off.preempt = false;
  off.addresses = {*IpPrefix::parse("10.0.0.1/8")};
  EXPECT_EQ(config.instances, (std::vector{old, off}));
}

TEST(Load, EveryKeyOutsideTheInstances) {
  const Config config = config_of(R"(version: 1
node: lb1
log: {level: debug, format: json}
checks:
  - {name: nginx, tcp: "127.0.0.1:80", interval: 10ms, timeout: 1ms, rise: 1000, fall: 1}
  - {name: db, tcp: "[2001:db8::1]:5432", interval: 24h, timeout: 24h, fall: 1000}
)");
  const std::chrono::hours day{24};
  Config expected;
  expected.node = "lb1";
  expected.log = {LogLevel::kDebug, LogFormat::kJson};
  expected.checks = {{"nginx", TcpCheck{*Endpoint::parse("127.0.0.1:80")}, milliseconds{10},
                      milliseconds{1}, 1000, 1},
                     {"db", TcpCheck{*Endpoint::parse("[2001:db8::1]:5432")}, day, day, 1, 1000}};
  EXPECT_EQ(config, expected);
}

TEST(Load, Defaults) {
  const Config config = config_of(instance_with("checks: [{name: a, tcp: 192.0.2.1:1}]\n"));
  EXPECT_EQ(config.node, "host");
  EXPECT_EQ(config.log, LogConfig{});
  InstanceConfig expected;
  expected.name = "web";
  expected.interface = "eth0";
  expected.vrid = Vrid{51};
  expected.addresses = {*IpPrefix::parse("192.0.2.10/24")};
  EXPECT_EQ(config.instances, std::vector{expected});
  CheckConfig check;
  check.name = "a";
  check.target = TcpCheck{*Endpoint::parse("192.0.2.1:1")};
  EXPECT_EQ(config.checks, std::vector{check});
}

TEST(Load, NothingToDoIsValid) {
  Config empty;
  empty.node = "host";
  EXPECT_EQ(config_of("version: 1\n"), empty);
  EXPECT_EQ(config_of("version: 1\nvrrp: {instances: []}\nchecks: []\n"), empty);
}

TEST(Load, TheDefaultTimeoutIsNoLongerThanTheInterval) {
  const Config config = config_of(
      "version: 1\nchecks:\n"
      "  - {name: a, tcp: 192.0.2.1:1, interval: 200ms}\n"
      "  - {name: b, tcp: 192.0.2.1:1, interval: 5s}\n");
  ASSERT_EQ(config.checks.size(), 2U);
  EXPECT_EQ(config.checks[0].timeout, milliseconds{200});
  EXPECT_EQ(config.checks[1].timeout, seconds{1});
}

TEST(Load, AnAliasServesTwoInstances) {
  const Config config =
      config_of(instance_with("      track: &both [{interface: eth1}, {check: a, weight: 5}]\n"
                              "    - {name: db, interface: eth0, virtual_router_id: 2, addresses: "
                              "[10.0.0.1/8], track: *both}\n"
                              "checks: [{name: a, tcp: 192.0.2.1:1}]\n"));
  ASSERT_EQ(config.instances.size(), 2U);
  EXPECT_EQ(config.instances[0].track_checks, config.instances[1].track_checks);
  EXPECT_EQ(config.instances[1].track_interfaces.size(), 1U);
}

struct Case {
  const char* document;
  Texts faults;
};

class LoadFaults : public testing::TestWithParam<Case> {};

TEST_P(LoadFaults, AreExactlyThese) {
  EXPECT_EQ(faults_of(GetParam().document), GetParam().faults) << GetParam().document;
}

INSTANTIATE_TEST_SUITE_P(
    Root, LoadFaults,
    testing::Values(
        Case{"",
             {"f:1:1: the configuration: found nothing, expected a map with the keys version, "
              "node, log, vrrp, static, checks, resolver, load_balancing, virtual_servers, "
              "monitoring, alerts, witness, variables, include and nodes"}},
        Case{"hello\n",
             {"f:1:1: the configuration: found 'hello', expected a map with the keys "
              "version, node, log, vrrp, static, checks, resolver, load_balancing, "
              "virtual_servers, monitoring, alerts, witness, variables, include and nodes"}},
        Case{"node: a\n", {"f:1:1: the configuration lacks the key 'version'"}},
        Case{"version: 2\n", {"f:1:10: version: found '2', expected 1"}},
        Case{"version: '1'\n", {"f:1:10: version: found '1', expected 1: drop the quotes"}},
        Case{"verison: 1\n",
             {"f:1:1: unknown key 'verison' in the configuration, did you mean 'version'?"}},
        Case{"version: 1\nvirtual_servers: [{name: web}]\n",
             {"f:2:19: a virtual server lacks the key 'real_servers'",
              "f:2:19: a virtual server needs either 'address', 'addresses', 'mark' or 'marks'"}},
        Case{"version: 1\nvrrp: {sync_groups: []}\n", {}},
        Case{"version: 1\nvrrp: []\n",
             {"f:2:7: vrrp: found an empty list, expected a map with the keys instances, "
              "sync_groups, announce, announce_groups, start_delay, address_lifetime, firewall, "
              "notify and process"}},
        Case{"version: 1\nvrrp:\n",
             {"f:2:1: vrrp: found nothing, expected a map with the keys instances, sync_groups, "
              "announce, announce_groups, start_delay, address_lifetime, firewall, notify and "
              "process"}},
        Case{"version: 1\nlog: {level: warn, format: JSON}\n",
             {"f:2:14: level: found 'warn', expected debug, info, warning or error",
              "f:2:28: format: found 'JSON', expected text or json"}}));

INSTANTIATE_TEST_SUITE_P(
    Check, LoadFaults,
    testing::Values(
        Case{"version: 1\nchecks:\n  - {name: a, tcp: localhost}\n",
             {"f:3:20: tcp: found 'localhost', expected an IP address or a host name, and a port, "
              "such as "
              "192.0.2.1:80"}},
        Case{"version: 1\nchecks:\n  - {name: a, tcp: 0.0.0.0:80}\n",
             {"f:3:20: tcp: found '0.0.0.0:80', expected an IP address or a host name, and a port, "
              "such as "
              "192.0.2.1:80"}},
        Case{"version: 1\nchecks:\n  - {name: a, tcp: 10.0.0.1:0}\n",
             {"f:3:20: tcp: found '10.0.0.1:0', expected an IP address or a host name, and a port, "
              "such as "
              "192.0.2.1:80"}},
        Case{"version: 1\nchecks:\n"
             "  - {name: a, tcp: 10.0.0.1:1, interval: 9ms, timeout: 0s, rise: 0, fall: 1001}\n",
             {"f:3:42: interval: found '9ms', expected a time from 10ms to 24h",
              "f:3:56: timeout: found '0s', expected a time from 1ms to 24h",
              "f:3:66: rise: found '0', expected a whole number from 1 to 1000",
              "f:3:75: fall: found '1001', expected a whole number from 1 to 1000"}}));

// One line of an instance, on line 8, and what is wrong with it.
class InstanceFaults : public testing::TestWithParam<Case> {};

TEST_P(InstanceFaults, AreExactlyThese) {
  EXPECT_EQ(faults_of(instance_with(GetParam().document)), GetParam().faults)
      << GetParam().document;
}

INSTANTIATE_TEST_SUITE_P(
    Values, InstanceFaults,
    testing::Values(
        Case{"      prioirty: 150\n",
             {"f:8:7: unknown key 'prioirty' in an instance, did you mean 'priority'?"}},
        Case{"      prioirty: 500\n",
             {"f:8:7: unknown key 'prioirty' in an instance, did you mean 'priority'?",
              "f:8:17: priority: found '500', expected a whole number from 1 to 255"}},
        Case{"      priority: 0\n",
             {"f:8:17: priority: found '0', expected a whole number from 1 to 255"}},
        Case{"      priority: \"150\"\n",
             {"f:8:17: priority: found '150', expected a whole number from 1 to 255: drop the "
              "quotes"}},
        Case{"      version: 4\n", {"f:8:16: version: found '4', expected 2 or 3"}},
        Case{"      version: 1\n      advert_interval: 60s\n      checksum: message-only\n",
             {"f:8:16: version: found '1', expected 2 or 3"}},
        Case{"      checksum: pseudo\n",
             {"f:8:17: checksum: found 'pseudo', expected pseudo-header or message-only"}},
        Case{"      preempt: yes\n",
             {"f:8:16: preempt: found 'yes', expected true, false or {delay: 30s}"}},
        Case{"      preempt: {}\n", {"f:8:16: preempt lacks the key 'delay'"}},
        Case{"      preempt: {delay: 1001s}\n",
             {"f:8:24: delay: found '1001s', expected a time from 0s to 1000s"}},
        Case{
            "      preempt: {dealy: 30}\n",
            {"f:8:17: unknown key 'dealy' in preempt, did you mean 'delay'?",
             "f:8:24: delay: found '30', expected a time from 0s to 1000s: add a unit, as in 30s"}},
        Case{"    - web2\n",
             {"f:8:7: an instance: found 'web2', expected a map with the keys name, interface, "
              "virtual_router_id, version, priority, advert_interval, preempt, checksum, "
              "addresses, excluded_addresses, source_address, multicast_group, allowed_sources, "
              "unicast, firewall, "
              "virtual_mac, ipvlan, virtual_routes, virtual_rules, strict, address_lifetime, "
              "accept, "
              "authentication, track, "
              "announce, initial_state, down_timer_adverts, witness and notify"}},
        Case{"    - priority: 1\n",
             {"f:8:7: an instance lacks the key 'addresses'",
              "f:8:7: an instance lacks the key 'interface'",
              "f:8:7: an instance lacks the key 'name'",
              "f:8:7: an instance lacks the key 'virtual_router_id'"}}));

INSTANTIATE_TEST_SUITE_P(
    AdvertInterval, InstanceFaults,
    testing::Values(
        Case{"      advert_interval: 1\n",
             {"f:8:24: advert_interval: found '1', expected a multiple of 10ms from 10ms to 40.95s "
              "with version 3: add a unit, as in 1s"}},
        Case{"      advert_interval: 100\n",
             {"f:8:24: advert_interval: found '100', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3: add a unit, as in 100ms"}},
        Case{"      advert_interval: 5000\n",
             {"f:8:24: advert_interval: found '5000', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3: add a unit, as in 5000ms"}},
        Case{"      advert_interval: 1001\n",
             {"f:8:24: advert_interval: found '1001', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3"}},
        Case{"      advert_interval: 15ms\n",
             {"f:8:24: advert_interval: found '15ms', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3"}},
        Case{"      advert_interval: 0ms\n",
             {"f:8:24: advert_interval: found '0ms', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3"}},
        Case{"      advert_interval: 41s\n",
             {"f:8:24: advert_interval: found '41s', expected a multiple of 10ms from 10ms to "
              "40.95s with version 3"}},
        Case{"      advert_interval: 1.5s\n      version: 2\n",
             {"f:8:24: advert_interval: found '1.5s', expected whole seconds from 1s to 255s with "
              "version 2"}},
        Case{"      advert_interval: 256s\n      version: 2\n",
             {"f:8:24: advert_interval: found '256s', expected whole seconds from 1s to 255s with "
              "version 2"}},
        Case{"      advert_interval: 10ms\n", {}}, Case{"      advert_interval: 40.95s\n", {}},
        Case{"      advert_interval: 4m\n      version: 2\n", {}}));

INSTANTIATE_TEST_SUITE_P(
    Track, InstanceFaults,
    testing::Values(
        Case{"      track: {interface: eth1}\n",
             {"f:8:14: track: found a map, expected a list: begin each entry with a dash"}},
        Case{"      track: [eth1]\n",
             {"f:8:15: a track entry: found 'eth1', expected a map with the keys interface, check, "
              "virtual_server, address, route, table, via, weight, reverse, up_delay and "
              "down_delay"}},
        Case{"      track: [{weight: 5}, {interface: eth1, check: a}]\n",
             {"f:8:15: a track entry needs either 'interface', 'check', 'virtual_server', "
              "'address' or 'route'",
              "f:8:28: a track entry needs either 'interface', 'check', 'virtual_server', "
              "'address' or 'route'"}},
        Case{"      track: [{interface: eth1, weight: 0}]\n",
             {"f:8:41: weight: found '0', expected -253 to -1 or 1 to 253, or no weight at all: "
              "then FAULT while it is down"}},
        Case{"      track: [{interface: eth1, weight: -254}, {interface: eth2, weight: 254}]\n",
             {"f:8:41: weight: found '-254', expected a whole number from -253 to 253",
              "f:8:74: weight: found '254', expected a whole number from -253 to 253"}},
        Case{"      track: [{interfaec: eth1/}]\n",
             {"f:8:16: unknown key 'interfaec' in a track entry, did you mean 'interface'?",
              "f:8:27: interface: found 'eth1/', expected the name of a network interface: 1 to 15 "
              "characters without '/', ':' or blanks"}}));

Texts address_faults(const std::string& address) {
  return faults_of(
      "version: 1\nvrrp: {instances: [{name: a, interface: b, virtual_router_id: 1, "
      "addresses:\n[" +
      address + "]}]}\n");
}

TEST(Load, Addresses) {
  for (const char* good : {"192.0.2.10/24", "192.0.2.10", "192.0.2.0/31", "192.0.2.1/31",
                           "192.0.2.0/32", "10.255.255.255/7", "169.254.1.1/16", "1.2.3.4/1",
                           "2001:db8::10/64", "2001:db8::/64", "fe80::10/64", "::2/1"}) {
    EXPECT_EQ(address_faults("'" + std::string(good) + "'"), Texts{}) << good;
  }
  const std::string host = ", expected the address of a host";
  const std::pair<std::string, std::string> unusable[]{
      {"0.0.0.0", "which is no address"},
      {"224.0.0.18", "a multicast address"},
      {"127.0.0.1/8", "a loopback address"},
      {"::/128", "which is no address"},
      {"ff02::12", "a multicast address"},
      {"::1", "a loopback address"},
      {"255.255.255.255", "the broadcast address"},
      {"192.0.2.0/24", "the address of the network itself"},
      {"192.0.2.255/24", "the broadcast address of the network"},
      {"192.0.2.4/30", "the address of the network itself"},
      {"191.255.255.255/2", "the broadcast address of the network"}};
  for (const auto& [address, why] : unusable) {
    EXPECT_EQ(address_faults("'" + address + "'"),
              (Texts{"f:3:2: addresses: found '" + address + "', " + why + host}));
  }
  const std::string expected =
      "', expected an address with a prefix length, such as 192.0.2.10/24 or 2001:db8::10/64";
  for (const std::string bad : {"192.0.2.10/0", "192.0.2.10/33", "192.0.2.10/", "192.0.2", "web",
                                "192.0.2.256/24", "192.0.2.010/24", "192.0.2.10/24 dev eth0",
                                "2001:db8::10/129", "2001:db8::10/0", "2001:db8::10%eth0"}) {
    EXPECT_EQ(address_faults("'" + bad + "'"), Texts{"f:3:2: addresses: found '" + bad + expected});
  }
  EXPECT_EQ(address_faults(""),
            Texts{"f:3:1: addresses: found an empty list, expected a list of at least one entry"});
}

TEST(Load, Limits) {
  std::string addresses;
  for (int i = 0; i < 256; ++i) {
    addresses += (i > 0 ? ",\n" : "") + std::string("192.0.") + std::to_string(i) + ".1/24";
  }
  EXPECT_EQ(address_faults(addresses),
            Texts{"f:258:1: addresses: found 256 entries, expected at most 255"});

  std::string instances = "version: 1\nvrrp:\n  instances:\n";
  for (int i = 0; i < 4097; ++i) {
    const std::string number = std::to_string(i);
    instances += "    - {name: i" + number + ", interface: eth" + std::to_string(i / 255) +
                 ", virtual_router_id: " + std::to_string(i % 255 + 1) + ", addresses: [10." +
                 std::to_string(i / 250) + ".1." + std::to_string(i % 250 + 1) + "]}\n";
  }
  EXPECT_EQ(faults_of(instances),
            Texts{"f:4100:7: instances: found 4097 entries, expected at most 4096"});

  std::string checks = "version: 1\nchecks:\n";
  for (int i = 0; i < 20'001; ++i) {
    checks += "  - {name: c" + std::to_string(i) + ", tcp: 10.0.0.1:80}\n";
  }
  EXPECT_EQ(faults_of(checks),
            Texts{"f:20003:5: checks: found 20001 entries, expected at most 20000"});

  EXPECT_EQ(faults_of(std::string((16U << 20U) + 1, '#')),
            Texts{"f:1:1: found a document of more than 16 MiB, expected a configuration"});
}

// Who comes from there writes by heart.
TEST(Load, KeepalivedsWordsAreTranslated) {
  EXPECT_EQ(faults_of("version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
                      "      virtual_router_id: 51\n      virtual_ipaddress: [192.0.2.10/24]\n"
                      "      advert_int: 1s\n      lvs_sched: rr\n"),
            (Texts{"f:7:7: unknown key 'virtual_ipaddress' in an instance, keepalived's word for: "
                   "addresses: [...]",
                   "f:8:7: unknown key 'advert_int' in an instance, keepalived's word for: "
                   "advert_interval: 1s",
                   "f:9:7: unknown key 'lvs_sched' in an instance, keepalived's word for: "
                   "scheduler:"}));
  EXPECT_EQ(
      faults_of("version: 1\nvrrp_instance: {}\nglobal_defs: {}\n"),
      (Texts{"f:2:1: unknown key 'vrrp_instance' in the configuration, keepalived's word for: "
             "vrrp: {instances: [{name: NAME, ...}]}",
             "f:3:1: unknown key 'global_defs' in the configuration, keepalived's word for: "
             "node:, log:, vrrp: and alerts: at the top of the file"}));
}

TEST(Load, NoWordOfKeepalivedsIsAKeyOfOurs) {
  EXPECT_EQ(keepalived_word("priority"), nullptr);
  for (const char* const word : {"state", "track_script", "real_server", "router_id"}) {
    ASSERT_NE(keepalived_word(word), nullptr) << word;
    EXPECT_FALSE(keepalived_word(word)->here.empty());
  }
}

}  // namespace
}  // namespace holdfast
