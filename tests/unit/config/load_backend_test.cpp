// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

// What a backend other than IPVS can do, and what not.
namespace holdfast {
namespace {

// From line 4 on, of the backend's virtual server.
std::string with(const std::string& backend, const std::string& lines) {
  return "version: 1\nload_balancing: {backend: " + backend +
         "}\nvirtual_servers:\n  - name: web\n" + lines;
}
constexpr const char* kAddress = "    address: 192.0.2.10:80\n";
constexpr const char* kServers = "    real_servers: [10.0.0.1]\n";

TEST(LoadBackend, IpvsUnlessAnotherIsNamed) {
  EXPECT_EQ(config_of("version: 1\n").load_balancing.backend, BalanceBackend::kIpvs);
  EXPECT_EQ(config_of("version: 1\nload_balancing: {backend: nftables}\n").load_balancing.backend,
            BalanceBackend::kNftables);
  EXPECT_EQ(config_of("version: 1\nload_balancing: {backend: auto}\n").load_balancing.backend,
            BalanceBackend::kAuto);
  EXPECT_EQ(faults_of("version: 1\nload_balancing: {backend: iptables}\n"),
            Texts{"f:2:27: backend: found 'iptables', expected ipvs, nftables or auto, did you "
                  "mean 'nftables'?"});
}

TEST(LoadBackend, TheDefaultSchedulerIsTheBackends) {
  const std::string lines = std::string(kAddress) + kServers;
  EXPECT_EQ(config_of(with("ipvs", lines)).virtual_servers[0].scheduler, "wlc");
  EXPECT_EQ(config_of(with("nftables", lines)).virtual_servers[0].scheduler, "wrr");
  EXPECT_EQ(config_of(with("auto", lines)).virtual_servers[0].scheduler, "wrr");
}

TEST(LoadBackend, NftablesHasItsOwn) {
  const VirtualServerConfig found =
      config_of(with("nftables", std::string(kAddress) +
                                     "    scheduler: random\n    source_nat: true\n" + kServers))
          .virtual_servers[0];
  EXPECT_EQ(found.scheduler, "random");
  EXPECT_TRUE(found.source_nat);
}

struct Case {
  const char* backend;
  const char* lines;  // after the address, from line 6 on
  Texts faults;
};

class BackendFaults : public testing::TestWithParam<Case> {};

TEST_P(BackendFaults, AreExactlyThese) {
  const auto& [backend, lines, faults] = GetParam();
  EXPECT_EQ(faults_of(with(backend, std::string(kAddress) + lines)), faults) << lines;
}

const std::string kScheduler =  // NOLINT(cert-err58-cpp)
    "expected rr, wrr, random, sh, mh, dh or fo: nftables counts no open connections; or backend: "
    "ipvs";
const std::string kForwarding =  // NOLINT(cert-err58-cpp)
    "forwarding: nftables only masquerades, expected that, or backend: ipvs";

INSTANTIATE_TEST_SUITE_P(
    Which, BackendFaults,
    testing::Values(
        Case{"nftables",
             "    scheduler: wlc\n    real_servers: []\n",
             {"f:6:16: scheduler: found 'wlc', " + kScheduler}},
        Case{"auto",
             "    scheduler: lc\n    real_servers: []\n",
             {"f:6:16: scheduler: found 'lc', " + kScheduler}},
        Case{"auto",
             "    scheduler: random\n    real_servers: []\n",
             {"f:6:16: scheduler: found 'random', expected one that IPVS has, or backend: "
              "nftables"}},
        Case{"ipvs",
             "    source_nat: true\n    real_servers: []\n",
             {"f:6:17: source_nat: only nftables has this, expected none, or backend: nftables"}},
        Case{"nftables",
             "    forwarding: direct\n    real_servers: []\n",
             {"f:6:17: " + kForwarding}},
        Case{"nftables",
             "    real_servers:\n      - {address: 10.0.0.1, forwarding: tunnel}\n",
             {"f:7:41: " + kForwarding}},
        Case{"nftables",
             "    sorry_server: {address: 10.0.0.1, forwarding: direct}\n    real_servers: []\n",
             {"f:6:51: " + kForwarding}},
        Case{"nftables",
             "    real_servers:\n      - {address: 10.0.0.1, upper: 5, lower: 3}\n",
             {"f:7:36: upper: only IPVS has this, expected none, or backend: ipvs",
              "f:7:46: lower: only IPVS has this, expected none, or backend: ipvs"}},
        Case{"nftables",
             "    protocol: udp\n    one_packet: true\n    real_servers: []\n",
             {"f:7:17: one_packet: only IPVS has this, expected none, or backend: ipvs"}},
        Case{"nftables",
             "    protocol: udp\n    persistence: {engine: sip}\n    real_servers: []\n",
             {"f:7:18: persistence: only IPVS has this, expected none, or backend: ipvs"}}));

TEST(LoadBackend, PortsAreChangedOfAllServersOrOfNone) {
  EXPECT_EQ(
      faults_of(with("nftables", "    mark: 5\n    real_servers: [10.0.0.1, '10.0.0.2:80']\n")),
      Texts{"f:6:30: address: expected no port, as of the first server: nftables changes the "
            "ports of all or none"});
}

TEST(LoadBackend, WhatIsOfIpvsAlone) {
  EXPECT_EQ(faults_of("version: 1\nload_balancing: {backend: nftables, timeouts: {tcp: 5m}, sync: "
                      "{interface: eth0}}\n"),
            (Texts{"f:2:47: timeouts: only IPVS has this, expected none, or backend: ipvs",
                   "f:2:64: sync: only IPVS has this, expected none, or backend: ipvs"}));
}

}  // namespace
}  // namespace holdfast
