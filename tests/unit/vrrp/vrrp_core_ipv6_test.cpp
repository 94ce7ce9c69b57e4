// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// A virtual router of IPv6 addresses: RFC 9568 §5.1.2, and §6.4 where it speaks of IPv6.
namespace holdfast::vrrp {
namespace {

const IpAddress kPeer6 = ip("fe80::2");
const IpAddress kLowPeer6 = ip("fe80::");

InstanceConfig instance6(const std::string& name = "six", std::uint8_t vrid = 51) {
  InstanceConfig config = instance(name, vrid, "fe80::10/64");
  config.addresses.push_back(prefix("2001:db8::10/64"));
  return config;
}
// The node's own addresses, of which the link-local one comes last.
Link eth0_6(std::vector<LinkAddress> virtual_addresses = {}) {
  Link link = with(with(eth0(), "2001:db8::1/64"), "fe80::1/64");
  link.addresses.insert(link.addresses.end(), virtual_addresses.begin(), virtual_addresses.end());
  return link;
}

const std::string kNoLinkLocal = "interface eth0 has no IPv6 link-local address";

class VrrpCoreIpv6Test : public VrrpCoreTest {
 protected:
  void be_active6(const Config& config = config_of({instance6()})) {
    be_active(config, {eth0_6()});
  }
};

TEST_F(VrrpCoreIpv6Test, TakesOverFromItsLinkLocalAddressAndAnnouncesToNeighbours) {
  begin(config_of({instance6()}), {eth0_6()});
  EXPECT_EQ(core_.deadline(), kStart + kDown);
  const Lines lines = wake_when_due();
  Lines expected{"advert from fe80::1 on 2: vrid 51 priority 100", "add fe80::10/64 on 2",
                 "add 2001:db8::10/64 on 2"};
  for (int i = 0; i < 5; ++i) expected += {"na fe80::10 on 2", "na 2001:db8::10 on 2"};
  expected += {"info six: BACKUP -> MASTER, priority 100: no advert heard for 3.609 s",
               "report six MASTER 100 since 3.609 s: no advert heard for 3.609 s"};
  EXPECT_EQ(lines, expected);
}

TEST_F(VrrpCoreIpv6Test, LosesHandsOverAndLetsGoLikeAnyOther) {
  be_active6();
  EXPECT_EQ(only(receive(advert(150, instance6()), kPeer6), "info"),
            Lines{"info six: MASTER -> BACKUP, priority 100: fe80::2 has priority 150 over our "
                  "100"});
  const Lines gone{"remove fe80::10/64 on 2", "remove 2001:db8::10/64 on 2"};
  EXPECT_EQ(wake_when_due(), gone);
  pass(kDown);
  EXPECT_EQ(only(handle(Stop{}), "advert"), Lines{"advert from fe80::1 on 2: vrid 51 priority 0"});
  receive(advert(150, instance6()), kPeer6);
  EXPECT_EQ(wake_when_due(), gone);
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreIpv6Test, AnAdvertIsWhatTheRfcSaysToTheByte) {
  InstanceConfig config = instance6();
  config.addresses.pop_back();
  config.priority = Priority{150};
  begin(config_of({config}), {eth0_6()});
  wake_when_due();
  const SendPacket sent = std::get<SendPacket>(actions_.at(0));
  EXPECT_EQ(sent, (SendPacket{2, kSource6, ip("ff02::12"), 255, kIpv6}));
}

TEST_F(VrrpCoreIpv6Test, ListensToTheGroupOfItsFamily) {
  begin(config_of({instance6()}), {eth0_6()});
  EXPECT_EQ(core_.listening(), (Listening{{{2, Family::kIpv6}, {{ip("ff02::12")}, {Vrid{51}}}}}));
}

TEST_F(VrrpCoreIpv6Test, OneVridServesBothFamiliesOfAnInterface) {
  be_active(config_of({instance(), instance6()}), {eth0_6()});
  EXPECT_EQ(core_.listening(), (Listening{{{2, Family::kIpv4}, {{ip("224.0.0.18")}, {Vrid{51}}}},
                                          {{2, Family::kIpv6}, {{ip("ff02::12")}, {Vrid{51}}}}}));
  EXPECT_EQ(only(wake_when_due(), "advert"),
            (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 100",
                   "advert from fe80::1 on 2: vrid 51 priority 100"}));
  EXPECT_EQ(only(receive(advert(150, instance6()), kPeer6), "report").size(), 1U);
  EXPECT_EQ(wake_when_due(), (Lines{"remove fe80::10/64 on 2", "remove 2001:db8::10/64 on 2"}));
  EXPECT_EQ(only(receive(advert(150)), "report"),
            Lines{"report one BACKUP 100 since 4.629 s: 198.51.100.2 has priority 150 over our "
                  "100"});
}

TEST_F(VrrpCoreIpv6Test, AddressesBreakATie) {
  be_active6();
  EXPECT_EQ(only(receive(advert(100, instance6()), kLowPeer6), "info"), Lines{});
  EXPECT_EQ(only(receive(advert(100, instance6()), kPeer6), "info"),
            Lines{"info six: MASTER -> BACKUP, priority 100: fe80::2 has priority 100 too, and the "
                  "higher address"});
}

TEST_F(VrrpCoreIpv6Test, AnAdvertFromBeyondARouterIsRefused) {
  be_active6();
  EXPECT_EQ(receive(encoded(advert(150, instance6()), kPeer6), kPeer6, 2, 254),
            Lines{"warning six: refused an advert from fe80::2: ttl (1 so far)"});
}

TEST_F(VrrpCoreIpv6Test, WithoutALinkLocalAddressIsAtFaultUntilThereIsOne) {
  const Link without = with(eth0(), "2001:db8::1/64");
  EXPECT_EQ(only(begin(config_of({instance6()}), {without}), "report"),
            Lines{"report six FAULT 100 since 0.000 s: " + kNoLinkLocal});
  // Its own virtual one is none, marked or not.
  for (const bool marked : {true, false}) {
    Link link = without;
    link.addresses.push_back(virtual_address("fe80::10/64", marked));
    EXPECT_EQ(only(handle(LinkChanged{link}), "report"), Lines{});
  }
  EXPECT_EQ(only(handle(LinkChanged{eth0_6()}), "report"),
            Lines{"report six BACKUP 100 since 0.000 s: started"});
}

TEST_F(VrrpCoreIpv6Test, ABackupTakesOffWhatAFormerLifeLeft) {
  for (const bool marked : {true, false}) {
    core_ = VrrpCore{};
    EXPECT_EQ(only(begin(config_of({instance6()}),
                         {eth0_6({virtual_address("fe80::10/64", marked),
                                  virtual_address("2001:db8::10/64", marked)})}),
                   "remove")
                  .size(),
              2U);
  }
}

TEST_F(VrrpCoreIpv6Test, AReloadThatAddsABackupTakesALeftOverOfItsAddressesOff) {
  begin(config_of({instance()}), {eth0_6({virtual_address("2001:db8::10/64", false)})});
  EXPECT_EQ(only(handle(config_of({instance(), instance6()})), "remove"),
            Lines{"remove 2001:db8::10/64 on 2"});
}

TEST_F(VrrpCoreIpv6Test, AnotherFamilyIsAnotherRouter) {
  be_active(config_of({instance("one", 51)}), {eth0_6()});
  InstanceConfig six = instance6("one");
  EXPECT_EQ(only(handle(config_of({six})), "info"),
            (Lines{"info one: removed from the configuration",
                   "info one: MASTER -> INIT, priority 100: handed over",
                   "info one: INIT -> BACKUP, priority 100: started"}));
}

TEST_F(VrrpCoreIpv6Test, AnOwnerSendsFromTheLinkLocalAddressItOwns) {
  InstanceConfig owner = instance6();
  owner.priority = kPriorityOwner;
  Link link = with(with(eth0(), "fe80::10/64"), "2001:db8::10/64");
  EXPECT_EQ(begin(config_of({owner}), {link}).front(),
            "advert from fe80::10 on 2: vrid 51 priority 255");
}

}  // namespace
}  // namespace holdfast::vrrp
