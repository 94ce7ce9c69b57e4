// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

// `virtual_mac` and `ipvlan`.
namespace holdfast {
namespace {

using Kind = VirtualDevice::Kind;

std::optional<VirtualDevice> device_of(const std::string& line) {
  const Config config = config_of(instance_with("      " + line + "\n"));
  return config.instances.at(0).virtual_device;
}

TEST(LoadVirtualDevice, WhatIsGiven) {
  EXPECT_EQ(device_of("priority: 3"), std::nullopt);
  EXPECT_EQ(device_of("virtual_mac: false"), std::nullopt);
  EXPECT_EQ(device_of("ipvlan: false"), std::nullopt);
  EXPECT_EQ(device_of("virtual_mac: true"), (VirtualDevice{Kind::kMacvlan, "vrrp.51", false}));
  EXPECT_EQ(device_of("virtual_mac: {}"), (VirtualDevice{Kind::kMacvlan, "vrrp.51", false}));
  EXPECT_EQ(device_of("virtual_mac: {name: web0, adverts_from: base}"),
            (VirtualDevice{Kind::kMacvlan, "web0", true}));
  EXPECT_EQ(device_of("virtual_mac: {adverts_from: virtual}"),
            (VirtualDevice{Kind::kMacvlan, "vrrp.51", false}));
  EXPECT_EQ(device_of("ipvlan: true"), (VirtualDevice{Kind::kIpvlan, "vrrp.51", true}));
  EXPECT_EQ(device_of("ipvlan: {name: web0}"), (VirtualDevice{Kind::kIpvlan, "web0", true}));
}

TEST(LoadVirtualDevice, UnicastAdvertsComeFromTheBase) {
  EXPECT_EQ(device_of("unicast: {peers: [192.0.2.2]}\n      virtual_mac: true"),
            (VirtualDevice{Kind::kMacvlan, "vrrp.51", true}));
}

TEST(LoadVirtualDevice, BothFamiliesOfAVridHaveTheirOwn) {
  const Config config = config_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 7, addresses: [10.0.0.1/24], virtual_mac: true}
    - {name: b, interface: eth0, virtual_router_id: 7, addresses: [fe80::7/64], virtual_mac: true}
)");
  EXPECT_EQ(config.instances[0].device(), "vrrp.7");
  EXPECT_EQ(config.instances[1].device(), "vrrp6.7");
}

TEST(LoadVirtualDevice, FaultyValues) {
  const auto faults = [](const std::string& line) {
    return faults_of(instance_with("      " + line + "\n"));
  };
  EXPECT_EQ(faults("virtual_mac: yes"),
            Texts{"f:8:20: virtual_mac: found 'yes', expected true, false or {name: vrrp.51}"});
  EXPECT_EQ(faults("virtual_mac: {adverts_from: eth0}").size(), 1U);
  EXPECT_EQ(faults("virtual_mac: {name: a-name-of-16-byte}").size(), 1U);
  EXPECT_EQ(faults("virtual_mac: {mode: private}").size(), 1U);
  EXPECT_EQ(faults("ipvlan: {adverts_from: base}").size(), 1U);
  EXPECT_EQ(faults("ipvlan: [a]").size(), 1U);
}

TEST(LoadVirtualDevice, OneOfBoth) {
  EXPECT_EQ(faults_of(instance_with("      virtual_mac: true\n      ipvlan: true\n")),
            Texts{"f:9:15: ipvlan: there is a virtual_mac already, expected one of both"});
}

TEST(LoadVirtualDevice, UnicastAndAdvertsFromIt) {
  EXPECT_EQ(faults_of(instance_with("      unicast: {peers: [192.0.2.2]}\n"
                                    "      virtual_mac: {adverts_from: virtual}\n")),
            Texts{"f:9:35: adverts_from: the adverts are unicast, expected base, or no "
                  "adverts_from"});
}

TEST(LoadVirtualDevice, NamesAreUnique) {
  EXPECT_EQ(faults_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 7, addresses: [10.0.0.1/24], virtual_mac: true}
    - {name: b, interface: eth1, virtual_router_id: 7, addresses: [10.0.1.1/24], virtual_mac: true}
    - {name: c, interface: eth1, virtual_router_id: 8, addresses: [10.0.2.1/24], ipvlan: {name: eth0}}
)"),
            (Texts{"f:5:95: name: the virtual device 'vrrp.7' is the one of another instance, at "
                   "line 4, column 95, expected another name for it",
                   "f:6:90: name: the virtual device 'eth0' would have the name of an interface "
                   "that an instance is on, at line 4, column 28, expected another name for it"}));
}

}  // namespace
}  // namespace holdfast
