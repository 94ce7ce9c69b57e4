// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/vrrp/adverts.h"

// The IPv4 header of a packet out of a raw socket: RFC 791 §3.1.
namespace holdfast::vrrp {
namespace {

constexpr std::size_t kHeader = 20;

Bytes changed(std::size_t at, std::uint8_t byte) {
  Bytes packet = kKeepalivedV3Packet;
  packet.at(at) = byte;
  return packet;
}

bool parses(const Bytes& packet) {
  return parse_ipv4_packet(packet).has_value();
}

TEST(Ipv4Packet, OfKeepalivedIsTakenApart) {
  const auto datagram = parse_ipv4_packet(kKeepalivedV3Packet);
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(datagram->source, ip("198.51.100.1"));
  EXPECT_EQ(datagram->destination, ip("224.0.0.18"));
  EXPECT_EQ(datagram->ttl, 255);
  EXPECT_EQ(Bytes(datagram->payload.begin(), datagram->payload.end()), kKeepalivedV3);
  EXPECT_EQ(decode_advert(*datagram), v3_advert());
}

TEST(Ipv4Packet, OfVersion2IsTakenApart) {
  EXPECT_EQ(decode_advert(parse_ipv4_packet(kKeepalivedV2Packet).value()), v2_advert());
}

TEST(Ipv4Packet, ItsTtlIsThatOfTheHeader) {
  EXPECT_EQ(parse_ipv4_packet(changed(8, 1))->ttl, 1);
}

TEST(Ipv4Packet, OptionsAreSkipped) {
  Bytes packet = kKeepalivedV3Packet;
  packet[0] = 0x47;  // seven words: two of options
  packet[3] = static_cast<std::uint8_t>(packet[3] + 8);
  const Bytes options = hex("94040000 01010101");  // router alert, and padding
  packet.insert(packet.begin() + kHeader, options.begin(), options.end());
  const auto datagram = parse_ipv4_packet(packet);
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(Bytes(datagram->payload.begin(), datagram->payload.end()), kKeepalivedV3);
}

TEST(Ipv4Packet, OptionsThatReachBeyondTheEndAreRefused) {
  EXPECT_FALSE(parses(changed(0, 0x4f)));
}

TEST(Ipv4Packet, AHeaderOfLessThanFiveWordsIsRefused) {
  for (unsigned words = 0; words < 5; ++words) {
    EXPECT_FALSE(parses(changed(0, static_cast<std::uint8_t>(0x40 | words))));
  }
}

TEST(Ipv4Packet, OfAnotherVersionIsRefused) {
  EXPECT_FALSE(parses(changed(0, 0x65)));
}

TEST(Ipv4Packet, OfAnotherProtocolIsRefused) {
  EXPECT_FALSE(parses(changed(9, 51)));
}

TEST(Ipv4Packet, FragmentsAreRefusedAndDontFragmentIsNone) {
  EXPECT_FALSE(parses(changed(6, 0x20)));  // more follow
  EXPECT_FALSE(parses(changed(6, 0x1f)));  // a later part
  EXPECT_FALSE(parses(changed(7, 0x01)));
  EXPECT_TRUE(parses(changed(6, 0x40)));
  EXPECT_TRUE(parses(changed(6, 0x80)));  // the reserved bit
}

TEST(Ipv4Packet, WhatStandsBehindItsTotalLengthIsPadding) {
  Bytes packet = kKeepalivedV3Packet;
  packet.resize(packet.size() + 10, 0xee);
  EXPECT_EQ(decode_advert(parse_ipv4_packet(packet).value()), v3_advert());
}

TEST(Ipv4Packet, ATotalLengthBeyondTheEndIsRefused) {
  EXPECT_FALSE(parses(changed(3, 0x25)));
  EXPECT_FALSE(parses(changed(2, 0xff)));
}

TEST(Ipv4Packet, ATotalLengthShorterThanTheHeaderIsRefused) {
  EXPECT_FALSE(parses(changed(3, 19)));
  EXPECT_TRUE(parse_ipv4_packet(changed(3, 20))->payload.empty());
}

TEST(Ipv4Packet, CutAtAnyByteIsRefused) {
  for (std::size_t size = 0; size < kKeepalivedV3Packet.size(); ++size) {
    const Bytes cut(kKeepalivedV3Packet.begin(),
                    kKeepalivedV3Packet.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parses(cut)) << size;
  }
}

TEST(Ipv4Packet, RandomBytesYieldNothingOutsideThem) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  int parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes packet(random() % 80);
    for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(random());
    if (packet.size() >= kHeader && random() % 4 != 0) {
      packet[0] = static_cast<std::uint8_t>(0x40 | (random() % 16));
      packet[2] = 0;
      packet[6] = packet[7] = 0;
      packet[9] = kVrrpProtocol;
    }
    const auto datagram = parse_ipv4_packet(packet);
    if (!datagram || datagram->payload.empty()) continue;
    ++parsed;
    EXPECT_GE(datagram->payload.data(), packet.data() + kHeader);
    EXPECT_LE(datagram->payload.data() + datagram->payload.size(), packet.data() + packet.size());
  }
  EXPECT_GT(parsed, 0);
}

}  // namespace
}  // namespace holdfast::vrrp
