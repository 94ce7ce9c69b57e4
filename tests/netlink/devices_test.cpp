// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/netlink/namespace.h"
#include "vrrp-worker/core/device.h"
#include "vrrp-worker/netlink.h"

// Virtual devices, made by a real kernel.
namespace holdfast::vrrp {
namespace {

// "left", up, and its other end "right".
class DevicesTest : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    ip("link add left type veth peer name right");
    ip("link set right up");
    ip("link set left up");
    Netlink netlink = open_netlink();
    await(netlink, "left", true);
  }
  static MakeDevice make() {
    return {{"vrrp.51", VirtualDevice::Kind::kMacvlan, index_of("left"), 0,
             virtual_mac(Family::kIpv4, Vrid{51})},
            to_alias({"one", {0, 1}})};
  }
  static void all_news(Netlink& netlink) {
    while (netlink.news()) {
    }
  }
};

TEST_F(DevicesTest, AMacvlanIsMadeAsItShouldBeAndKnownAsOurs) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  ASSERT_TRUE(netlink.execute(make()));
  const auto news = netlink.news();
  ASSERT_TRUE(news && std::holds_alternative<LinkChanged>(*news));
  const Link told = std::get<LinkChanged>(*news).link;
  EXPECT_TRUE(is_as(told, make().spec));
  EXPECT_EQ(mark_of(told), (DeviceMark{"one", {0, 1}}));
  EXPECT_FALSE(told.enabled);
  EXPECT_EQ(told.arp, (ArpSettings{1, 2}));
  EXPECT_FALSE(netlink.news());
  // For whoever comes after, too.
  EXPECT_EQ(open_netlink().links().at(told.index), told);
  ip("-d link show vrrp.51 | grep -q 'macvlan mode bridge.*addrgenmode none'");
}

TEST_F(DevicesTest, ItIsEnabledAndDisabledWithoutAnAddressOfItsOwn) {
  Netlink netlink = open_netlink();
  ASSERT_TRUE(netlink.execute(make()));
  all_news(netlink);
  const int index = index_of("vrrp.51");
  ASSERT_TRUE(netlink.execute(EnableDevice{index, "vrrp.51", true}));
  all_news(netlink);
  EXPECT_TRUE(netlink.links().at(index).enabled);
  EXPECT_TRUE(netlink.links().at(index).addresses.empty());
  ASSERT_TRUE(netlink.execute(EnableDevice{index, "vrrp.51", false}));
  all_news(netlink);
  EXPECT_FALSE(netlink.links().at(index).enabled);
}

TEST_F(DevicesTest, ItGoesAndSoDoesWhatItsBaseWasGiven) {
  Netlink netlink = open_netlink();
  const int base = index_of("left");
  const ArpSettings before = netlink.links().at(base).arp;
  ASSERT_TRUE(netlink.execute(make()));
  ASSERT_TRUE(netlink.execute(SetArp{base, shielded(before)}));
  all_news(netlink);
  EXPECT_EQ(netlink.links().at(base).arp, shielded(before));
  const int index = index_of("vrrp.51");
  ASSERT_TRUE(netlink.execute(RemoveDevice{index, "vrrp.51"}));
  ASSERT_TRUE(netlink.execute(RemoveDevice{index, "vrrp.51"})) << "it is gone, as it should be";
  ASSERT_TRUE(netlink.execute(SetArp{base, before}));
  all_news(netlink);
  EXPECT_FALSE(netlink.links().contains(index));
  EXPECT_EQ(netlink.links().at(base).arp, before);
}

TEST_F(DevicesTest, WhatIsTakenOrHasNoBaseIsRefused) {
  Netlink netlink = open_netlink();
  ip("link add vrrp.51 type bridge");
  const auto taken = netlink.execute(make());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, "File exists");
  ip("link del vrrp.51");
  MakeDevice baseless = make();
  baseless.spec.base = 12345;
  EXPECT_FALSE(netlink.execute(baseless));
}

TEST_F(DevicesTest, OfWhatCannotBeMarkedNothingIsLeft) {
  Netlink netlink = open_netlink();
  MakeDevice make_it = make();
  make_it.alias = std::string(300, 'x');  // the kernel takes 255
  EXPECT_FALSE(netlink.execute(make_it));
  all_news(netlink);
  for (const auto& [index, link] : netlink.links()) EXPECT_NE(link.name, "vrrp.51");
}

}  // namespace
}  // namespace holdfast::vrrp
