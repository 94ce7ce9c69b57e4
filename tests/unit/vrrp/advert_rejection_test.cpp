// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "tests/unit/vrrp/adverts.h"

// RFC 9568 §7.1: what is refused, and of two faults which is named.
namespace holdfast::vrrp {
namespace {

// How a good message is spoilt for one check, in the order of the checks.
struct Fault {
  const char* name;
  Rejection rejection;
  void (*spoil)(Bytes& message, Datagram& datagram);
};

const Fault kFaults[] = {
    {"TTL 254", Rejection::kTtl, [](Bytes&, Datagram& to) { to.ttl = 254; }},
    {"version 4", Rejection::kVersion,
     [](Bytes& message, Datagram&) {
       message[0] = static_cast<std::uint8_t>((message[0] & 0x0fU) | 0x40U);
     }},
    {"type 2", Rejection::kType,
     [](Bytes& message, Datagram&) {
       message[0] = static_cast<std::uint8_t>((message[0] & 0xf0U) | 2U);
     }},
    {"an address too few", Rejection::kLength,
     [](Bytes& message, Datagram&) { message.resize(message.size() - 4); }},
    {"a wrong checksum", Rejection::kChecksum,
     [](Bytes& message, Datagram&) { message[7] = static_cast<std::uint8_t>(message[7] ^ 1U); }},
};

std::optional<Rejection> rejection_of(const Datagram& datagram) {
  const auto advert = decode_advert(datagram);
  return advert ? std::nullopt : std::optional{advert.error()};
}

class Rfc9568_7_1 : public testing::TestWithParam<VrrpVersion> {
 protected:
  const Bytes good_ = GetParam() == VrrpVersion::k2 ? kKeepalivedV2 : kKeepalivedV3;
};

INSTANTIATE_TEST_SUITE_P(, Rfc9568_7_1, testing::Values(VrrpVersion::k2, VrrpVersion::k3),
                         [](const auto& version) {
                           return version.param == VrrpVersion::k2 ? "V2" : "V3";
                         });

TEST_P(Rfc9568_7_1, WithoutAFaultIsRead) {
  EXPECT_TRUE(decode_advert(datagram(good_)).has_value());
}

TEST_P(Rfc9568_7_1, OneFaultIsNamed) {
  for (const Fault& fault : kFaults) {
    SCOPED_TRACE(fault.name);
    Bytes message = good_;
    Datagram spoilt = datagram({});
    fault.spoil(message, spoilt);
    spoilt.payload = message;
    EXPECT_EQ(rejection_of(spoilt), fault.rejection);
  }
}

TEST_P(Rfc9568_7_1, OfTwoFaultsTheEarlierCheckNamesIt) {
  for (std::size_t first = 0; first < std::size(kFaults); ++first) {
    for (std::size_t second = first + 1; second < std::size(kFaults); ++second) {
      SCOPED_TRACE(std::string{kFaults[first].name} + " and " + kFaults[second].name);
      Bytes message = good_;
      Datagram spoilt = datagram({});
      kFaults[second].spoil(message, spoilt);
      kFaults[first].spoil(message, spoilt);
      spoilt.payload = message;
      EXPECT_EQ(rejection_of(spoilt), kFaults[first].rejection);
    }
  }
}

TEST_P(Rfc9568_7_1, NoTtlBut255IsRead) {
  for (unsigned ttl = 0; ttl < 255; ++ttl) {
    Datagram far = datagram(good_);
    far.ttl = static_cast<std::uint8_t>(ttl);
    EXPECT_EQ(rejection_of(far), Rejection::kTtl);
  }
}

TEST_P(Rfc9568_7_1, NoVersionBut2And3IsRead) {
  for (unsigned version = 0; version < 16; ++version) {
    if (version == 2 || version == 3) continue;
    Bytes message = good_;
    message[0] = static_cast<std::uint8_t>((version << 4U) | 1U);
    EXPECT_EQ(rejection_of(datagram(with_checksum(message))), Rejection::kVersion);
  }
}

TEST_P(Rfc9568_7_1, NoTypeBut1IsRead) {
  for (unsigned type = 0; type < 16; ++type) {
    if (type == 1) continue;
    Bytes message = good_;
    message[0] = static_cast<std::uint8_t>((message[0] & 0xf0U) | type);
    EXPECT_EQ(rejection_of(datagram(with_checksum(message))), Rejection::kType);
  }
}

TEST_P(Rfc9568_7_1, CutAtAnyByteIsIncomplete) {
  for (std::size_t size = 0; size < good_.size(); ++size) {
    const Bytes cut(good_.begin(), good_.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(rejection_of(datagram(cut)), Rejection::kLength) << size;
  }
}

TEST_P(Rfc9568_7_1, LongerThanItsCountSaysIsRefused) {
  Bytes message = good_;
  for (int more = 0; more < 20; ++more) {
    message.push_back(0);
    EXPECT_EQ(rejection_of(datagram(message)), Rejection::kLength);
  }
}

TEST_P(Rfc9568_7_1, NoBitMayBeFlipped) {
  for (std::size_t i = 0; i < good_.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes message = good_;
      message[i] = static_cast<std::uint8_t>(message[i] ^ (1U << bit));
      EXPECT_FALSE(decode_advert(datagram(message)).has_value()) << i << " " << bit;
    }
  }
}

TEST_P(Rfc9568_7_1, RandomBytesAreRefusedOrReadExactly) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    Bytes message(random() % 64);
    for (std::uint8_t& byte : message) byte = static_cast<std::uint8_t>(random());
    // Half of them look like adverts, so that the later checks have something to do.
    if (message.size() >= 8 && random() % 2 == 0) {
      message[0] = good_[0];
      message[3] = static_cast<std::uint8_t>((message.size() - 8) / 4);
      message = with_checksum(message);
    }
    const IpAddress source = random() % 4 == 0 ? kSource6 : kSource;
    const auto advert = decode_advert(datagram(message, source));
    if (!advert) continue;
    EXPECT_EQ(advert->addresses.size(), message[3]);
    EXPECT_EQ(encoded(*advert, source).size(), message.size());
  }
}

TEST(Rfc9568_5_2_5, NoAddressesMeansIgnored) {
  Advert none = v3_advert();
  none.addresses.clear();
  EXPECT_EQ(rejection_of(datagram(encoded(none))), Rejection::kLength);
  none.priority = kPriorityOwner;
  EXPECT_EQ(rejection_of(datagram(encoded(none))), Rejection::kLength);
}

TEST(Rfc9568_5_2_9, Ipv6AddressesOverIpv4AreNotComplete) {
  EXPECT_EQ(rejection_of(datagram(kIpv6, kSource)), Rejection::kLength);
  EXPECT_EQ(rejection_of(datagram(kKeepalivedV3, kSource6)), Rejection::kLength);
}

TEST(Rfc9568_7_1_Ipv6, Version2IsUnknown) {
  EXPECT_EQ(rejection_of(datagram(kKeepalivedV2, kSource6)), Rejection::kVersion);
}

}  // namespace
}  // namespace holdfast::vrrp
