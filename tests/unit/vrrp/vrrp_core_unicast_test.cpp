// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Where adverts come from and go to, unless that is the usual group from the usual address.
namespace holdfast::vrrp {
namespace {

const IpAddress kFarPeer = ip("203.0.113.9");
const IpAddress kStranger = ip("198.51.100.66");

// kPeer is on the link, kFarPeer two routers away.
InstanceConfig unicast_instance() {
  InstanceConfig config = instance();
  config.unicast = UnicastConfig{{{kPeer, 255, 255}, {kFarPeer, 62, 64}}, 64};
  return config;
}

class VrrpCoreUnicastTest : public VrrpCoreTest {
 protected:
  Lines receive_at(const IpAddress& destination, const IpAddress& source, std::uint8_t ttl,
                   const Advert& advert = VrrpCoreTest::advert(150)) {
    const Bytes message = encode_advert(advert, ChecksumForm::kPseudoHeader, source, destination);
    return handle(PacketReceived{2, {source, destination, ttl, message}});
  }
  static std::string refused(const IpAddress& source, const std::string& why) {
    return "warning one: refused an advert from " + source.to_string() + ": " + why + " (1 so far)";
  }
};

TEST_F(VrrpCoreUnicastTest, AdvertsGoToEachPeerWithTheConfiguredTtl) {
  begin(config_of({unicast_instance()}));
  EXPECT_EQ(only(wake_when_due(), "advert"),
            (Lines{"advert from 198.51.100.1 to 198.51.100.2 ttl 64 on 2: vrid 51 priority 100",
                   "advert from 198.51.100.1 to 203.0.113.9 ttl 64 on 2: vrid 51 priority 100"}));
  EXPECT_EQ(only(handle(Stop{}), "advert"),
            (Lines{"advert from 198.51.100.1 to 198.51.100.2 ttl 64 on 2: vrid 51 priority 0",
                   "advert from 198.51.100.1 to 203.0.113.9 ttl 64 on 2: vrid 51 priority 0"}));
}

TEST_F(VrrpCoreUnicastTest, TheChecksumIsOfTheWayToEachPeer) {
  begin(config_of({unicast_instance()}));
  wake_when_due();
  for (const VrrpAction& action : actions_) {
    const auto* sent = std::get_if<SendPacket>(&action);
    if (sent == nullptr) continue;
    EXPECT_EQ(sent->payload, encode_advert(advert(100), ChecksumForm::kPseudoHeader, sent->source,
                                           sent->destination));
  }
}

TEST_F(VrrpCoreUnicastTest, JoinsNoGroupAndListensAllTheSame) {
  begin(config_of({unicast_instance()}));
  EXPECT_EQ(core_.listening(), (Listening{{{2, Family::kIpv4}, {{}, {Vrid{51}}}}}));
  handle(config_of({unicast_instance(), two()}));
  EXPECT_EQ(core_.listening(),
            (Listening{{{2, Family::kIpv4}, {{ip("224.0.0.18")}, {Vrid{51}, Vrid{52}}}}}));
}

TEST_F(VrrpCoreUnicastTest, APeerIsHeardAndNobodyElse) {
  be_active(config_of({unicast_instance()}));
  EXPECT_EQ(receive_at(kSource, kStranger, 255), Lines{refused(kStranger, "peer")});
  EXPECT_EQ(receive_at(vrrp_group(Family::kIpv4), kStranger, 255),
            Lines{"warning one: refused an advert from 198.51.100.66: peer (2 so far)"});
  EXPECT_EQ(only(receive_at(kSource, kPeer, 255), "report").size(), 1U);
}

TEST_F(VrrpCoreUnicastTest, APeersMulticastIsNotForUs) {
  be_active(config_of({unicast_instance()}));
  EXPECT_EQ(receive_at(vrrp_group(Family::kIpv4), kPeer, 255), Lines{refused(kPeer, "peer")});
}

TEST_F(VrrpCoreUnicastTest, AMulticastRouterTakesNoUnicast) {
  be_active();
  EXPECT_EQ(receive_at(kSource, kPeer, 255), Lines{refused(kPeer, "peer")});
}

TEST_F(VrrpCoreUnicastTest, TheTtlIsWithinTheBoundsOfThePeer) {
  const struct {
    IpAddress peer;
    int ttl;
    bool heard;
  } cases[] = {{kPeer, 255, true},    {kPeer, 254, false},   {kPeer, 0, false},
               {kFarPeer, 61, false}, {kFarPeer, 62, true},  {kFarPeer, 64, true},
               {kFarPeer, 65, false}, {kFarPeer, 255, false}};
  for (const auto& [peer, ttl, heard] : cases) {
    SCOPED_TRACE(peer.to_string() + " ttl " + std::to_string(ttl));
    core_ = VrrpCore{};
    now_ = kStart;
    be_active(config_of({unicast_instance()}));
    const Lines lines = receive_at(kSource, peer, static_cast<std::uint8_t>(ttl));
    EXPECT_EQ(only(lines, "report").size(), heard ? 1U : 0U);
    EXPECT_EQ(lines.front() == refused(peer, "ttl"), !heard);
  }
}

TEST_F(VrrpCoreUnicastTest, AReloadFromMulticastIsNoChangeOfState) {
  be_active();
  EXPECT_EQ(handle(config_of({unicast_instance()})), Lines{"info one: new configuration"});
  EXPECT_EQ(core_.listening(), (Listening{{{2, Family::kIpv4}, {{}, {Vrid{51}}}}}));
  EXPECT_EQ(only(wake_when_due(), "advert").size(), 2U);
}

TEST_F(VrrpCoreUnicastTest, OverIpv6LeavesTheLinkFromAGlobalAddress) {
  InstanceConfig config = instance("one", 51, "2001:db8::10/64");
  config.unicast = UnicastConfig{{{ip("2001:db8:1::2"), 255, 255}}, 255};
  const Link local = with(eth0(), "fe80::1/64");
  EXPECT_EQ(only(begin(config_of({config}), {local}), "report"),
            Lines{"report one FAULT 100 since 0.000 s: interface eth0 has no global IPv6 address"});
  handle(LinkChanged{with(local, "2001:db8::1/64")});
  EXPECT_EQ(only(wake_when_due(), "advert"),
            Lines{"advert from 2001:db8::1 to 2001:db8:1::2 ttl 255 on 2: vrid 51 priority 100"});
}

TEST_F(VrrpCoreUnicastTest, OverIpv6ToALinkLocalPeerStaysOnTheLink) {
  InstanceConfig config = instance("one", 51, "2001:db8::10/64");
  config.unicast = UnicastConfig{{{ip("fe80::2"), 255, 255}}, 255};
  begin(config_of({config}), {with(with(eth0(), "2001:db8::1/64"), "fe80::1/64")});
  EXPECT_EQ(only(wake_when_due(), "advert"),
            Lines{"advert from fe80::1 to fe80::2 ttl 255 on 2: vrid 51 priority 100"});
}

// ---- The source.

TEST_F(VrrpCoreUnicastTest, AGivenSourceAddressIsWhereAdvertsComeFrom) {
  InstanceConfig config = instance();
  config.source_address = ip("198.51.100.9");
  begin(config_of({config}), {with(eth0(), "198.51.100.9/24")});
  EXPECT_EQ(wake_when_due().front(), "advert from 198.51.100.9 on 2: vrid 51 priority 100");
}

TEST_F(VrrpCoreUnicastTest, AMissingSourceAddressIsAFaultUntilItIsThere) {
  InstanceConfig config = instance();
  config.source_address = ip("198.51.100.9");
  EXPECT_EQ(only(begin(config_of({config})), "report"),
            Lines{"report one FAULT 100 since 0.000 s: interface eth0 has no address "
                  "198.51.100.9"});
  EXPECT_EQ(only(handle(LinkChanged{with(eth0(), "198.51.100.9/24")}), "report"),
            Lines{"report one BACKUP 100 since 0.000 s: started"});
}

TEST_F(VrrpCoreUnicastTest, AVirtualAddressIsNoSource) {
  InstanceConfig config = instance();
  config.source_address = ip("198.51.100.9");
  const Link link = eth0({virtual_address("198.51.100.9/24")});
  EXPECT_EQ(only(begin(config_of({config}), {link}), "report"),
            Lines{"report one FAULT 100 since 0.000 s: interface eth0 has no address "
                  "198.51.100.9"});
}

// ---- The group.

TEST_F(VrrpCoreUnicastTest, AnotherGroupIsWhereAdvertsGoAndComeFrom) {
  InstanceConfig config = instance();
  config.multicast_group = ip("224.0.0.200");
  be_active(config_of({config}));
  EXPECT_EQ(core_.listening(),
            (Listening{{{2, Family::kIpv4}, {{ip("224.0.0.200")}, {Vrid{51}}}}}));
  EXPECT_EQ(wake_when_due().front(),
            "advert from 198.51.100.1 to 224.0.0.200 ttl 255 on 2: vrid 51 priority 100");
  EXPECT_EQ(receive(advert(150)), Lines{refused(kPeer, "peer")});
  EXPECT_EQ(only(receive_at(ip("224.0.0.200"), kPeer, 255), "report").size(), 1U);
}

TEST_F(VrrpCoreUnicastTest, TwoGroupsOnOneInterfaceAreBothJoined) {
  InstanceConfig config = instance();
  config.multicast_group = ip("224.0.0.200");
  begin(config_of({config, two()}));
  EXPECT_EQ(core_.listening(),
            (Listening{{{2, Family::kIpv4},
                        {{ip("224.0.0.18"), ip("224.0.0.200")}, {Vrid{51}, Vrid{52}}}}}));
}

}  // namespace
}  // namespace holdfast::vrrp
