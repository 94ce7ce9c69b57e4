// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/advert.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/vrrp/adverts.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

// ---- Golden bytes, both ways.

TEST(Rfc9568_5_2, Version3IsWrittenAsKeepalivedWritesIt) {
  EXPECT_EQ(encoded(v3_advert()), kKeepalivedV3);
}

TEST(Rfc3768_5_3, Version2IsWrittenAsKeepalivedWritesIt) {
  EXPECT_EQ(encoded(v2_advert()), kKeepalivedV2);
  EXPECT_EQ(encoded(v2_advert(), kSource, ChecksumForm::kMessageOnly), kKeepalivedV2);
}

TEST(Rfc9568_5_2, PriorityZeroIsWrittenAsKeepalivedWritesIt) {
  Advert advert = v3_advert();
  advert.priority = kPriorityRelease;
  EXPECT_EQ(encoded(advert), kKeepalivedV3Release);
}

TEST(Rfc9568_5_2_8, Version3IsWrittenWithTheOtherChecksumIfSoConfigured) {
  EXPECT_EQ(encoded(v3_advert(), kSource, ChecksumForm::kMessageOnly), kMessageOnlyV3);
}

TEST(Rfc9568_5_2_8, Version3OverIpv6AlwaysHasThePseudoHeader) {
  EXPECT_EQ(encoded(ipv6_advert(), kSource6, ChecksumForm::kPseudoHeader), kIpv6);
  EXPECT_EQ(encoded(ipv6_advert(), kSource6, ChecksumForm::kMessageOnly), kIpv6);
}

TEST(Rfc9568_5_2, WhatKeepalivedWroteIsRead) {
  EXPECT_EQ(decode_advert(datagram(kKeepalivedV3)), v3_advert());
  EXPECT_EQ(decode_advert(datagram(kKeepalivedV2)), v2_advert());
  EXPECT_EQ(decode_advert(datagram(kIpv6, kSource6)), ipv6_advert());
}

TEST(Rfc9568_5_2_8, EitherChecksumIsReadOverIpv4) {
  EXPECT_EQ(decode_advert(datagram(kMessageOnlyV3)), v3_advert());
}

TEST(Rfc9568_5_2_8, OneChecksumIsReadOverIpv6AndInVersion2) {
  // The checksum of the message alone, where that is not allowed.
  const Bytes ipv6 = with_checksum(kIpv6);
  ASSERT_NE(ipv6, kIpv6);
  EXPECT_EQ(decode_advert(datagram(ipv6, kSource6)).error(), Rejection::kChecksum);
  // The sum of the pseudo-header, which version 2 has not: c6336401 e0000012 0070 0018.
  Bytes v2 = kKeepalivedV2;
  v2[6] = 0xb9;
  v2[7] = 0xe2;
  EXPECT_EQ(decode_advert(datagram(v2)).error(), Rejection::kChecksum);
}

// ---- Fields.

TEST(Rfc9568_5_2_6, ReservedBitsAreWrittenAsZeroAndIgnored) {
  Advert advert = v3_advert();
  advert.interval = 40950ms;
  EXPECT_EQ(encoded(advert).at(4), 0x0f);
  for (const unsigned reserved : {0x10U, 0x80U, 0xf0U}) {
    Bytes bytes = encoded(advert);
    bytes[4] = static_cast<std::uint8_t>(bytes[4] | reserved);
    EXPECT_EQ(decode_advert(datagram(with_checksum(bytes))), advert);
  }
}

TEST(Rfc9568_5_2_7, TheIntervalIsInCentisecondsOf12Bits) {
  Advert advert = v3_advert();
  const struct {
    Duration interval;
    const char* bytes;
  } intervals[] = {{10ms, "0001"}, {100ms, "000a"}, {2560ms, "0100"}, {40950ms, "0fff"}};
  for (const auto& [interval, bytes] : intervals) {
    advert.interval = interval;
    const Bytes written = encoded(advert);
    EXPECT_EQ(Bytes(written.begin() + 4, written.begin() + 6), hex(bytes));
    EXPECT_EQ(decode_advert(datagram(written))->interval, interval);
  }
}

TEST(Rfc3768_5_3_7, TheIntervalIsInSecondsOf8Bits) {
  Advert advert = v2_advert();
  for (const Duration interval : {Duration{1s}, Duration{255s}}) {
    advert.interval = interval;
    const Bytes written = encoded(advert);
    EXPECT_EQ(written.at(5), interval / 1s);
    EXPECT_EQ(decode_advert(datagram(written))->interval, interval);
  }
}

TEST(Rfc3768_5_3_6, TheAuthenticationTypeIsRead) {
  Bytes bytes = kKeepalivedV2;
  bytes[4] = 1;
  EXPECT_EQ(decode_advert(datagram(with_checksum(bytes)))->authentication_type, 1);
  // In version 3 these are reserved bits and the interval's upper ones.
  EXPECT_EQ(decode_advert(datagram(kKeepalivedV3))->authentication_type, 0);
}

TEST(Rfc9568_5_1, TheGroupIsThatOfTheFamily) {
  EXPECT_EQ(vrrp_group(Family::kIpv4), ip("224.0.0.18"));
  EXPECT_EQ(vrrp_group(Family::kIpv6), ip("ff02::12"));
}

TEST(Rfc9568_5_2_5, UpTo255AddressesAreWrittenAndRead) {
  Advert advert = v3_advert();
  while (advert.addresses.size() < 255) {
    advert.addresses.push_back(
        IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(advert.addresses.size())}));
  }
  EXPECT_EQ(decode_advert(datagram(encoded(advert))), advert);
  advert.addresses.push_back(ip("10.0.1.0"));
  EXPECT_DEATH(encoded(advert), "addresses.size");
}

TEST(Rfc9568_5_2_9, AddressesAreOfTheFamilyOfTheDatagram) {
  Advert mixed = v3_advert();
  mixed.addresses.push_back(ip("2001:db8::1"));
  EXPECT_DEATH(encoded(mixed), "family");
}

TEST(Advert, RoundTripsWhateverItHolds) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  for (int i = 0; i < 3000; ++i) {
    Advert advert = random() % 2 == 0 ? v2_advert() : v3_advert();
    const bool v2 = advert.version == VrrpVersion::k2;
    const bool v6 = !v2 && random() % 2 == 0;
    advert.vrid = Vrid{byte()};
    advert.priority = Priority{byte()};
    advert.authentication_type = v2 ? byte() : std::uint8_t{0};
    advert.interval = v2 ? Duration{1s} * byte() : Duration{10ms} * (16 * byte() + 15);
    advert.addresses.resize(1 + random() % 30);
    for (IpAddress& address : advert.addresses) {
      address = v6 ? IpAddress::v6({0x20, byte(), byte(), byte(), byte()})
                   : IpAddress::v4({byte(), byte(), byte(), byte()});
    }
    const IpAddress source = v6 ? kSource6 : IpAddress::v4({10, byte(), byte(), byte()});
    const ChecksumForm form =
        random() % 2 == 0 ? ChecksumForm::kPseudoHeader : ChecksumForm::kMessageOnly;
    const Bytes bytes = encoded(advert, source, form);
    EXPECT_EQ(decode_advert(datagram(bytes, source)), advert);
  }
}

}  // namespace
}  // namespace holdfast::vrrp
