// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/device.h"

#include <gtest/gtest.h>

namespace holdfast::vrrp {
namespace {

Link macvlan(const std::string& alias = "holdfast:one arp=0,1") {
  Link link;
  link.index = 9;
  link.name = "vrrp.51";
  link.kind = "macvlan";
  link.mac = virtual_mac(Family::kIpv4, Vrid{51});
  link.base = 2;
  link.alias = alias;
  return link;
}
DeviceSpec spec() {
  return {"vrrp.51", VirtualDevice::Kind::kMacvlan, 2, 0, virtual_mac(Family::kIpv4, Vrid{51})};
}

TEST(Rfc9568_7_3, TheVirtualMacOfEachFamily) {
  EXPECT_EQ(virtual_mac(Family::kIpv4, Vrid{51}), (MacAddress{0, 0, 0x5e, 0, 1, 51}));
  EXPECT_EQ(virtual_mac(Family::kIpv6, Vrid{255}), (MacAddress{0, 0, 0x5e, 0, 2, 255}));
}

TEST(Device, AMarkComesBackAsItWasWritten) {
  for (const DeviceMark& mark :
       {DeviceMark{"one", {0, 0}}, DeviceMark{"a arp=7,7", {8, 2}}, DeviceMark{"", {1, 0}}}) {
    EXPECT_EQ(mark_of(macvlan(to_alias(mark))), mark);
  }
}

TEST(Device, WhatBearsNoMarkIsSomebodyElses) {
  for (const char* alias : {"", "holdfast", "holdfast:one", "holdfast:one arp=", "one arp=0,0",
                            "holdfast:one arp=0", "holdfast:one arp=0,", "holdfast:one arp=0,1x",
                            "holdfast:one arp=0,-1", "holdfast:one arp=,1", "uplink to rack 4"}) {
    EXPECT_EQ(mark_of(macvlan(alias)), std::nullopt) << alias;
  }
  Link physical = macvlan();
  physical.kind = "";
  EXPECT_EQ(mark_of(physical), std::nullopt) << "we make no such interface";
}

TEST(Device, IsAsWantedOnlyWithEveryTrait) {
  EXPECT_TRUE(is_as(macvlan(), spec()));
  const auto differs = [](auto change) {
    DeviceSpec other = spec();
    change(other);
    return !is_as(macvlan(), other);
  };
  EXPECT_TRUE(differs([](DeviceSpec& s) { s.name = "vrrp.52"; }));
  EXPECT_TRUE(differs([](DeviceSpec& s) { s.kind = VirtualDevice::Kind::kIpvlan; }));
  EXPECT_TRUE(differs([](DeviceSpec& s) { s.base = 3; }));
  EXPECT_TRUE(differs([](DeviceSpec& s) { s.vrf = 7; }));
  EXPECT_TRUE(differs([](DeviceSpec& s) { s.mac[5] = 52; }));

  Link ipvlan = macvlan();
  ipvlan.kind = "ipvlan";
  DeviceSpec wanted = spec();
  wanted.kind = VirtualDevice::Kind::kIpvlan;
  wanted.mac = {};
  EXPECT_TRUE(is_as(ipvlan, wanted)) << "it has the MAC address of its base, whatever that is";
}

TEST(Device, ABaseIsShieldedNoLessThanItWas) {
  EXPECT_EQ(shielded({0, 0}), (ArpSettings{1, 2}));
  EXPECT_EQ(shielded({2, 1}), (ArpSettings{2, 2}));
  EXPECT_EQ(shielded({8, 2}), (ArpSettings{8, 2}));
}

TEST(Device, AReleaseRemovesWhatIsOursAndRestoresEachBaseOnce) {
  Link base = macvlan("");
  base.index = 2;
  base.kind = "";
  Link second = macvlan("holdfast:two arp=0,1");
  second.index = 10;
  second.name = "vrrp.52";
  Link orphan = macvlan("holdfast:three arp=1,1");  // its base is in another namespace
  orphan.index = 11;
  orphan.base = 99;
  Link foreign = macvlan("somebody's");
  foreign.index = 12;
  const std::vector<DeviceChange> expected{RemoveDevice{9, "vrrp.51"}, RemoveDevice{10, "vrrp.52"},
                                           RemoveDevice{11, "vrrp.51"}, SetArp{2, {0, 1}}};
  EXPECT_EQ(plan_release({{2, base}, {9, macvlan()}, {10, second}, {11, orphan}, {12, foreign}}),
            expected);
  EXPECT_TRUE(plan_release({{2, base}, {12, foreign}}).empty());
}

}  // namespace
}  // namespace holdfast::vrrp
