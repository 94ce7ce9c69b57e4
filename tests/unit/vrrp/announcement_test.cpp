// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcement.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tests/unit/vrrp/bytes.h"
#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

TEST(Rfc9568_6_4_1, GratuitousArpIsABroadcastOfTheAddressFromItself) {
  const MacAddress mac{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01};
  // Ethernet: everybody, from us, ARP. RFC 826: Ethernet, IPv4, their lengths, request; who asks,
  // and for whom. As keepalived's but for the target's hardware address, which it sets to ff and
  // RFC 5227 §3 leaves to zero.
  EXPECT_EQ(gratuitous_arp(mac, ip("192.0.2.10")), hex("ffffffffffff 02005e100001 0806"
                                                       "0001 0800 06 04 0001"
                                                       "02005e100001 c000020a"
                                                       "000000000000 c000020a"));
}

TEST(Rfc9568_6_4_1, UnsolicitedNeighbourAdvertisementIsToAllNodesAsARouterToOverride) {
  const MacAddress mac{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01};
  // Ethernet: all nodes, from us, IPv6 (RFC 2464 §7). IPv6: 32 bytes of ICMPv6, hop limit 255, from
  // the address itself to ff02::1. RFC 4861 §4.4: type 136, code 0, checksum, the flags R and O and
  // not S, the target; §4.6.1: the option of its link-layer address.
  // The checksums were computed from RFC 4443 §2.3 by another program.
  EXPECT_EQ(unsolicited_neighbour_advertisement(mac, ip("2001:db8::10")),
            hex("333300000001 02005e100001 86dd"
                "60000000 0020 3a ff"
                "20010db8000000000000000000000010 ff020000000000000000000000000001"
                "88 00 1afc a0000000 20010db8000000000000000000000010"
                "02 01 02005e100001"));
  EXPECT_EQ(unsolicited_neighbour_advertisement(mac, ip("fe80::10")),
            hex("333300000001 02005e100001 86dd"
                "60000000 0020 3a ff"
                "fe800000000000000000000000000010 ff020000000000000000000000000001"
                "88 00 796c a0000000 fe800000000000000000000000000010"
                "02 01 02005e100001"));
}

// RFC 1071 again, in other words: with its checksum in it, everything sums up to ffff.
TEST(NeighbourAdvertisement, SumsUpWhateverTheAddress) {
  for (unsigned i = 0; i < 300; ++i) {
    std::array<std::uint8_t, 16> address{0xfe, 0x80};
    for (std::size_t at = 8; at < 16; ++at) address[at] = static_cast<std::uint8_t>(i * 41 + at);
    const MacAddress mac{2, 0xff, static_cast<std::uint8_t>(i), 0xfe, 0, 0xff};
    const Bytes frame = unsolicited_neighbour_advertisement(mac, IpAddress::v6(address));
    ASSERT_EQ(frame.size(), 86U);
    std::uint64_t sum = 32 + 58;  // the rest of the pseudo-header: length, next header
    for (std::size_t at = 22; at < 86; at += 2) {
      sum += static_cast<std::uint64_t>(frame[at]) * 256 + frame[at + 1];
    }
    EXPECT_EQ(sum % 0xffff, 0U) << i;
  }
}

TEST(Announcement, IsThatOfTheFamily) {
  const MacAddress mac{2};
  EXPECT_EQ(announcement(mac, ip("192.0.2.1")), gratuitous_arp(mac, ip("192.0.2.1")));
  EXPECT_EQ(announcement(mac, ip("fe80::1")),
            unsolicited_neighbour_advertisement(mac, ip("fe80::1")));
}

TEST(NeighbourAdvertisement, IsOfIpv6Only) {
  EXPECT_DEATH(unsolicited_neighbour_advertisement(MacAddress{}, ip("192.0.2.1")), "is_v4");
}

TEST(GratuitousArp, IsOfIpv4Only) {
  EXPECT_DEATH(gratuitous_arp(MacAddress{}, ip("2001:db8::1")), "is_v4");
}

}  // namespace
}  // namespace holdfast::vrrp
