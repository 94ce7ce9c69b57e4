// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

// What stands under `virtual_servers` and `load_balancing`.
namespace holdfast {
namespace {

using std::chrono::seconds;

const std::string kHead =
    "version: 1\nvirtual_servers:\n  - name: web\n";  // NOLINT(cert-err58-cpp)

// Of a virtual server whose keys after its name begin on line 4, each indented by 4.
VirtualServerConfig service_of(const std::string& lines) {
  return config_of(kHead + lines).virtual_servers.at(0);
}

Texts faults_in(const std::string& lines) {
  return faults_of(kHead + lines);
}

const std::string kPlain =  // NOLINT(cert-err58-cpp)
    "    address: 192.0.2.10:80\n    real_servers: [10.0.0.1]\n";

ServiceAddress v4(std::uint8_t last, std::uint16_t port) {
  return {Family::kIpv4, 0, {IpAddress::v4({192, 0, 2, last}), port}};
}

TEST(LoadVirtualServer, DefaultsAreKeepaliveds) {
  VirtualServerConfig expected;
  expected.name = "web";
  expected.addresses = {v4(10, 80)};
  expected.scheduler = "wlc";
  RealServerConfig server;
  server.endpoint = {IpAddress::v4({10, 0, 0, 1}), 80};
  expected.real_servers = {server};
  const VirtualServerConfig found = service_of(kPlain);
  EXPECT_EQ(found, expected);
  EXPECT_EQ(found.protocol, TransportProtocol::kTcp);
  EXPECT_EQ(found.quorum, 1U);
  EXPECT_TRUE(found.initially_up);
  EXPECT_EQ(found.real_servers[0].weight, 1U);
  EXPECT_EQ(found.real_servers[0].forwarding.method, ForwardingMethod::kMasquerade);
}

TEST(LoadVirtualServer, EverythingCanBeSaid) {
  const VirtualServerConfig found = service_of(
      "    address: '[2001:db8::1]:53'\n    protocol: udp\n    scheduler: mh\n"
      "    scheduler_flags: [port, fallback]\n    one_packet: true\n"
      "    persistence: {timeout: 10m, prefix: 64, engine: sip}\n"
      "    quorum: {up: 3, hysteresis: 2}\n    initially: down\n    panic_threshold: 40%\n"
      "    sorry_server: '[2001:db8::99]:53'\n    combine: any\n    on_failure: {drain: 30s}\n"
      "    real_servers:\n"
      "      - {address: '[2001:db8::2]', weight: 5, upper: 100, lower: 90}\n"
      "      - {address: '10.0.0.1', forwarding: {tunnel: gue, port: 6080, checksum: true},\n"
      "         on_failure: zero_weight, combine: sum}\n");
  EXPECT_EQ(found.protocol, TransportProtocol::kUdp);
  EXPECT_EQ(found.family(), Family::kIpv6);
  EXPECT_EQ(found.scheduler, "mh");
  EXPECT_TRUE(found.port && found.fallback && found.one_packet && !found.initially_up);
  EXPECT_EQ(found.persistence, (PersistenceConfig{600, 64, "sip"}));
  EXPECT_EQ(found.quorum, 3U);
  EXPECT_EQ(found.hysteresis, 2U);
  EXPECT_EQ(found.panic, (PanicConfig{true, 40}));
  EXPECT_EQ(found.sorry_server->endpoint.to_string(), "[2001:db8::99]:53");
  ASSERT_EQ(found.real_servers.size(), 2U);
  const RealServerConfig& first = found.real_servers[0];
  EXPECT_EQ(first.endpoint.port, 53) << "that of the virtual server";
  EXPECT_EQ(first.weight, 5U);
  EXPECT_EQ(first.upper, 100U);
  EXPECT_EQ(first.lower, 90U);
  EXPECT_EQ(first.combine, CombineChecks::kAny);
  EXPECT_EQ(first.on_failure, (FailureConfig{OnFailure::kDrain, seconds{30}}));
  const RealServerConfig& second = found.real_servers[1];
  EXPECT_EQ(second.forwarding,
            (ForwardingConfig{ForwardingMethod::kTunnel, TunnelType::kGue, 6080, true, false}));
  EXPECT_EQ(second.on_failure.action, OnFailure::kZeroWeight);
  EXPECT_EQ(second.combine, CombineChecks::kSum);
}

TEST(LoadVirtualServer, MarksAndRangesAreManyServicesOfOne) {
  EXPECT_EQ(service_of("    mark: 7\n    family: ipv6\n    real_servers: []\n").addresses,
            (std::vector<ServiceAddress>{{Family::kIpv6, 7, {}}}));
  EXPECT_EQ(service_of("    marks: [7, 8]\n    real_servers: []\n").addresses,
            (std::vector<ServiceAddress>{{Family::kIpv4, 7, {}}, {Family::kIpv4, 8, {}}}));
  EXPECT_EQ(service_of("    addresses: ['192.0.2.9-11:80', '192.0.2.10:443']\n"
                       "    real_servers: []\n")
                .addresses,
            (std::vector<ServiceAddress>{v4(9, 80), v4(10, 80), v4(11, 80), v4(10, 443)}));
  const auto v6 = service_of("    address: '[2001:db8::fe-101]:80'\n    real_servers: []\n");
  ASSERT_EQ(v6.addresses.size(), 4U);
  EXPECT_EQ(v6.addresses[3].endpoint.to_string(), "[2001:db8::101]:80");
}

TEST(LoadVirtualServer, AllPortsNeedPersistence) {
  EXPECT_EQ(
      service_of("    address: 192.0.2.10\n    persistence: 5m\n    real_servers: []\n").addresses,
      (std::vector<ServiceAddress>{v4(10, 0)}));
  EXPECT_EQ(faults_in("    address: 192.0.2.10\n    real_servers: []\n"),
            Texts{"f:4:14: address: all ports at once need 'persistence', expected that, or a "
                  "port"});
}

// ---- Checks.

const std::string kChecked =  // NOLINT(cert-err58-cpp)
    "    address: 192.0.2.10:80\n    check: {http: {path: /healthz, status: 200}, interval: 2s}\n"
    "    real_servers: [10.0.0.1:8080, '10.0.0.2']\n";

TEST(LoadServerCheck, IsMadeForEveryServer) {
  const Config config = config_of(kHead + kChecked);
  ASSERT_EQ(config.checks.size(), 2U);
  EXPECT_EQ(config.checks[0].name, "web/10.0.0.1:8080");
  EXPECT_EQ(config.checks[0].interval, seconds{2});
  const auto& http = std::get<HttpCheck>(config.checks[1].target);
  EXPECT_EQ(http.endpoint.to_string(), "10.0.0.2:80");
  EXPECT_EQ(http.requests[0].path, "/healthz");
  EXPECT_EQ(config.virtual_servers[0].real_servers[0].checks, Texts{"web/10.0.0.1:8080"});
  EXPECT_EQ(config.virtual_servers[0].real_servers[1].checks, Texts{"web/10.0.0.2:80"});
}

TEST(LoadServerCheck, MayAskElsewhere) {
  const auto endpoint = [](const std::string& check) {
    const Config config = config_of(kHead + "    address: 192.0.2.10:80\n    check: " + check +
                                    "\n    real_servers: [10.0.0.1]\n");
    return endpoint_of(config.checks.at(0).target)->to_string();
  };
  EXPECT_EQ(endpoint("{tcp: {}, port: 8081}"), "10.0.0.1:8081");
  EXPECT_EQ(endpoint("{tcp: {}, host: 10.9.9.9}"), "10.9.9.9:80");
  EXPECT_EQ(endpoint("{tcp: {address: '10.9.9.9:81'}}"), "10.9.9.9:81");
  EXPECT_EQ(endpoint("{tcp: 10.9.9.9:81}"), "10.9.9.9:81");
  EXPECT_EQ(endpoint("{ping: {}}"), "10.0.0.1:0");
  EXPECT_EQ(endpoint("{redis: {}}"), "10.0.0.1:80");
}

TEST(LoadServerCheck, SeveralAndNamedOnes) {
  const Config config = config_of(
      "version: 1\nchecks:\n  - {name: script, script: /bin/true}\nvirtual_servers:\n"
      "  - name: web\n    address: 192.0.2.10:80\n"
      "    checks: [{tcp: {}}, script, {ping: {}}]\n"
      "    real_servers:\n      - 10.0.0.1\n      - {address: 10.0.0.2, checks: []}\n"
      "      - {address: 10.0.0.3, check: script}\n");
  const auto& servers = config.virtual_servers[0].real_servers;
  EXPECT_EQ(servers[0].checks, (Texts{"web/10.0.0.1:80", "script", "web/10.0.0.1:80/3"}));
  EXPECT_EQ(servers[1].checks, Texts{});
  EXPECT_EQ(servers[2].checks, Texts{"script"});
  EXPECT_EQ(config.checks.size(), 3U);
}

TEST(LoadServerCheck, WhatAsksTheSameIsAskedOnce) {
  const Config config = config_of(
      "version: 1\nchecks:\n  - {name: first, tcp: 10.0.0.1:80}\nvirtual_servers:\n"
      "  - {name: a, address: 192.0.2.1:80, check: {tcp: {}}, real_servers: [10.0.0.1, 10.0.0.2]}\n"
      "  - {name: b, address: 192.0.2.2:80, check: {tcp: {}}, real_servers: [10.0.0.1, 10.0.0.2]}\n"
      "  - {name: c, address: 192.0.2.3:80, check: {tcp: {}, interval: 5s}, real_servers: "
      "[10.0.0.2]}\n");
  const auto checks = [&](std::size_t service, std::size_t server) {
    return config.virtual_servers[service].real_servers[server].checks;
  };
  EXPECT_EQ(checks(0, 0), Texts{"first"});
  EXPECT_EQ(checks(1, 0), Texts{"first"});
  EXPECT_EQ(checks(0, 1), Texts{"a/10.0.0.2:80"});
  EXPECT_EQ(checks(1, 1), Texts{"a/10.0.0.2:80"});
  EXPECT_EQ(checks(2, 0), Texts{"c/10.0.0.2:80"}) << "another interval";
}

// ---- The rest.

TEST(LoadBalancing, EverythingCanBeSaid) {
  const Config config = config_of(
      "version: 1\nvrrp:\n  instances:\n    - name: vip\n      interface: eth0\n"
      "      virtual_router_id: 51\n      addresses: [192.0.2.10/24]\n"
      "      track: [{virtual_server: web, weight: -20}]\n"
      "load_balancing:\n  timeouts: {tcp: 15m, tcp_fin: 2m, udp: 300s}\n"
      "  sync: {interface: eth1, id: 7, instance: vip, max_length: 1400, group: 224.0.0.90, ttl: "
      "2}\n  keep_at_stop: true\n  panic_threshold: none\n"
      "virtual_servers:\n"
      "  - {name: web, address: 192.0.2.10:80, real_servers: [10.0.0.1], omega: true,\n"
      "     quorum_up: /bin/up now, quorum_down: {command: /bin/down, user: www-data}}\n");
  LoadBalancingConfig expected{BalanceBackend::kIpvs, 900, 120, 300, SyncConfig{}, true};
  expected.sync =
      SyncConfig{"eth1", 7, "vip", 1400, Endpoint{IpAddress::v4({224, 0, 0, 90}), 8848}, 2};
  EXPECT_EQ(config.load_balancing, expected);
  EXPECT_EQ(config.virtual_servers[0].panic, (PanicConfig{false, 0}));
  EXPECT_EQ(config.instances[0].track_services, (std::vector<TrackService>{{"web", -20, false}}));
  EXPECT_EQ(config.notify.services.at("web"),
            (QuorumScripts{Command{{"/bin/up", "now"}, kScriptUser},
                           Command{{"/bin/down"}, "www-data"}, true}));
}

TEST(LoadVirtualServer, ManyAddressesCanBeOneService) {
  EXPECT_FALSE(service_of(kPlain).one_service);
  const VirtualServerConfig found = service_of(
      "    addresses: [192.0.2.10-12:80, 192.0.2.20]\n    one_service: true\n"
      "    real_servers: [10.0.0.1:80]\n");
  EXPECT_TRUE(found.one_service);
  EXPECT_EQ(found.addresses.size(), 4U) << "without a port: all of them, persistence or not";
  const std::string both =
      "    addresses: [192.0.2.10:80, 192.0.2.10:443]\n    one_service: true\n";
  const VirtualServerConfig kept =
      service_of(both + "    forwarding: direct\n    real_servers: [10.0.0.1]\n");
  EXPECT_EQ(kept.real_servers.at(0).endpoint.port, 0) << "a packet keeps its port";
  const VirtualServerConfig same = service_of(
      "    addresses: [192.0.2.10-12:80]\n    one_service: true\n    real_servers: [10.0.0.1]\n");
  EXPECT_EQ(same.real_servers.at(0).endpoint.port, 80);
  const Config config = config_of("version: 1\nload_balancing: {mark_start: 5000}\n");
  EXPECT_EQ(config.load_balancing.mark_start, 5000U);
  EXPECT_EQ(LoadBalancingConfig{}.mark_start, 1000U);
}

TEST(LoadVirtualServer, ItsChecksAreOfTheInstancesThatHaveItsAddresses) {
  const std::string head =
      "version: 1\nvrrp:\n  instances:\n"
      "    - {name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}\n"
      "    - {name: other, interface: eth0, virtual_router_id: 52, addresses: [192.0.2.99/24]}\n"
      "virtual_servers:\n  - name: web\n    real_servers: [10.0.0.1]\n    ha_suspend: true\n";
  EXPECT_EQ(config_of(head + "    address: 192.0.2.10:80\n").virtual_servers.at(0).ha_suspend,
            std::vector<std::string>{"vip"});
  EXPECT_EQ(faults_of(head + "    address: 192.0.2.11:80\n"),
            Texts{"f:9:17: ha_suspend: no VRRP instance has an address of this virtual server"});
}

struct Case {
  const char* lines;
  Texts faults;
};

class VirtualServerFaults : public testing::TestWithParam<Case> {};

TEST_P(VirtualServerFaults, AreExactlyThese) {
  EXPECT_EQ(faults_in(GetParam().lines), GetParam().faults) << GetParam().lines;
}

INSTANTIATE_TEST_SUITE_P(
    What, VirtualServerFaults,
    testing::Values(
        Case{"    real_servers: []\n",
             {"f:3:5: a virtual server needs either 'address', 'addresses', 'mark' or 'marks'"}},
        Case{"    mark: 7\n    one_service: true\n    real_servers: []\n",
             {"f:5:18: one_service: found 'true', expected false: a firewall mark is one already"}},
        Case{"    address: 192.0.2.10:80\n",
             {"f:3:5: a virtual server lacks the key 'real_servers'"}},
        Case{"    address: 192.0.2.10:80\n    scheduler: wrrr\n    real_servers: []\n",
             {"f:5:16: scheduler: found 'wrrr', expected rr, wrr, lc, wlc, lblc, lblcr, sh, mh, "
              "dh, sed, nq, fo, ovf, twos or random, did you mean 'wrr'?"}},
        Case{"    address: 192.0.2.10:80\n    scheduler_flags: [port]\n    real_servers: []\n",
             {"f:5:23: scheduler_flags: found 'port', expected fallback or port, of the "
              "schedulers sh and mh"}},
        Case{"    address: 192.0.2.10:80\n    one_packet: true\n    real_servers: []\n",
             {"f:5:17: one_packet: found 'true', expected false, or the protocol udp"}},
        Case{"    address: 192.0.2.10-300:80\n    real_servers: []\n",
             {"f:4:14: address: found '192.0.2.10-300:80', expected an IP address and a port, such "
              "as 192.0.2.10:80, or a range, such as 192.0.2.10-19:80"}},
        Case{"    addresses: ['192.0.2.10-12:80', '192.0.2.11:80']\n    real_servers: []\n",
             {"f:4:37: address: '192.0.2.11:80' is served already, at line 4, column 17"}},
        Case{"    mark: 0\n    real_servers: []\n",
             {"f:4:11: mark: found '0', expected a firewall mark from 1 to 4294967295"}},
        Case{"    address: 192.0.2.10:80\n    quorum: {up: 2, hysteresis: 2}\n"
             "    real_servers: []\n",
             {"f:5:33: hysteresis: found '2', expected less than the quorum"}},
        Case{"    address: 192.0.2.10:80\n    panic_threshold: 101%\n    real_servers: []\n",
             {"f:5:22: panic_threshold: found '101%', expected none, last_server or a share of the "
              "servers, such as 40%"}},
        Case{"    address: 192.0.2.10:80\n    persistence: 1500ms\n    real_servers: []\n",
             {"f:5:18: persistence: found '1500ms', expected whole seconds from 1s to 24h"}}));

INSTANTIATE_TEST_SUITE_P(
    Who, VirtualServerFaults,
    testing::Values(
        Case{"    address: 192.0.2.10:80\n    real_servers: [10.0.0.1, '10.0.0.1:80']\n",
             {"f:5:30: real_servers: '10.0.0.1:80' is given already"}},
        Case{"    address: 192.0.2.10:80\n    real_servers: ['::1']\n",
             {"f:5:20: address: '::1' is not of the family of the virtual server, which only a "
              "tunnel bridges"}},
        Case{"    address: 192.0.2.10:80\n    forwarding: direct\n"
             "    real_servers: ['10.0.0.1:81']\n",
             {"f:6:20: address: found the port 81, expected that of the virtual server, 80: only "
              "masquerading changes it"}},
        Case{"    addresses: [192.0.2.10:80, 192.0.2.10:443]\n    one_service: true\n"
             "    forwarding: direct\n    real_servers: ['10.0.0.1:80']\n",
             {"f:7:20: address: found the port 80, expected none, as of the virtual server: only "
              "masquerading changes it"}},
        Case{"    address: 192.0.2.10:80\n    forwarding: {tunnel: ipip, port: 5}\n"
             "    real_servers: []\n",
             {"f:5:38: port: only gue has one"}},
        Case{"    address: 192.0.2.10:80\n    forwarding: nat\n    real_servers: []\n",
             {"f:5:17: forwarding: found 'nat', expected masquerade, direct, tunnel, or a map such "
              "as {tunnel: gue, port: 6080}"}},
        Case{"    address: 192.0.2.10:80\n    check: web\n    real_servers: []\n",
             {"f:5:12: check: no check is called 'web'"}},
        Case{
            "    address: 192.0.2.10:80\n    check: {tcp: {}, intervall: 1s}\n"
            "    real_servers: [10.0.0.1, 10.0.0.2]\n",
            {"f:5:22: unknown key 'intervall' in the check of a server, did you mean 'interval'?"}},
        Case{"    address: 192.0.2.10:80\n    check: {script: /bin/true, port: 5}\n"
             "    real_servers: [10.0.0.1]\n",
             {"f:5:38: port: this check has no address of its server"}},
        Case{"    mark: 5\n    check: {tcp: {}}\n    real_servers: [10.0.0.1]\n",
             {"f:5:12: the server 10.0.0.1 has no port, expected 'port' here"}},
        Case{"    address: 192.0.2.10:80\n    on_failure: drain\n    real_servers: []\n",
             {"f:5:17: on_failure: found 'drain', expected remove, zero_weight or {drain: "
              "30s}"}}));

TEST(LoadVirtualServer, NamesAndServicesAreUnique) {
  EXPECT_EQ(faults_of("version: 1\nvirtual_servers:\n"
                      "  - {name: a, address: 192.0.2.1:80, real_servers: []}\n"
                      "  - {name: a, address: 192.0.2.1:80, real_servers: []}\n"),
            (Texts{"f:4:12: name: 'a' is the name of another virtual server, at line 3, column 12",
                   "f:4:24: address: '192.0.2.1:80' is served already, at line 3, column 24"}));
}

TEST(LoadVirtualServer, WhatIsTrackedMustExist) {
  EXPECT_EQ(faults_of(instance_with("      track: [{virtual_server: wbe}]\n") +
                      "virtual_servers: [{name: web, mark: 1, real_servers: []}]\n"),
            Texts{"f:8:32: virtual_server: no virtual server is called 'wbe', did you mean "
                  "'web'?"});
}

TEST(LoadBalancing, ASynchronizationFollowsAnInstance) {
  EXPECT_EQ(faults_of("version: 1\nload_balancing: {sync: {interface: eth0, instance: web}}\n"),
            Texts{"f:2:52: instance: no VRRP instance is called 'web'"});
}

}  // namespace
}  // namespace holdfast
