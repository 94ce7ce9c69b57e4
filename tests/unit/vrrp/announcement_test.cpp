// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcement.h"

#include <gtest/gtest.h>

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

TEST(GratuitousArp, IsOfIpv4Only) {
  EXPECT_DEATH(gratuitous_arp(MacAddress{}, ip("2001:db8::1")), "is_v4");
}

}  // namespace
}  // namespace holdfast::vrrp
