// SPDX-License-Identifier: Apache-2.0
#include "common/core/ip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace holdfast {
namespace {

IpAddress ip(std::string_view text) {
  const Result<IpAddress> address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(IpAddress());
}

IpPrefix prefix(std::string_view text) {
  const Result<IpPrefix> parsed = IpPrefix::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpPrefix());
}

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes(std::mt19937& random) {
  std::array<std::uint8_t, N> bytes{};
  for (std::uint8_t& byte : bytes) {
    // Many zero bytes, so that the shortening of IPv6 is met.
    byte = random() % 2 == 0 ? 0 : static_cast<std::uint8_t>(random());
  }
  return bytes;
}

TEST(IpAddress, KeepsItsCanonicalText) {
  for (const char* text :
       {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2:3:4",
        "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1", "ff02::12"}) {
    EXPECT_EQ(ip(text).to_string(), text);
  }
}

TEST(IpAddress, FormatsOtherSpellingsCanonically) {
  EXPECT_EQ(ip("2001:DB8:0:0:0:0:0:1").to_string(), "2001:db8::1");
  EXPECT_EQ(ip("2001:0db8:0:0:1:0:0:0").to_string(), "2001:db8:0:0:1::");
  EXPECT_EQ(ip("::FFFF:c000:0201").to_string(), "::ffff:192.0.2.1");
}

TEST(IpAddress, HoldsItsBytesInNetworkOrder) {
  const IpAddress four = ip("192.0.2.1");
  EXPECT_TRUE(four.is_v4());
  EXPECT_TRUE(std::ranges::equal(four.bytes(), std::array<std::uint8_t, 4>{192, 0, 2, 1}));
  EXPECT_EQ(four, IpAddress::v4({192, 0, 2, 1}));
  const IpAddress six = ip("2001:db8::1");
  EXPECT_EQ(six.family(), Family::kIpv6);
  EXPECT_EQ(six.bytes().size(), 16U);
  EXPECT_EQ(six, IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(IpAddress, RoundTripsAnyBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 5000; ++i) {
    const IpAddress four = IpAddress::v4(random_bytes<4>(random));
    EXPECT_EQ(ip(four.to_string()), four);
    const IpAddress six = IpAddress::v6(random_bytes<16>(random));
    EXPECT_EQ(ip(six.to_string()), six);
  }
}

TEST(IpAddress, RefusesWhatIsNone) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      " "sv,
                                      "192.0.2"sv,
                                      "192.0.2.1.1"sv,
                                      "192.0.2.256"sv,
                                      "192.0.2.01"sv,
                                      "192.0.2.-1"sv,
                                      "192.0.2.1 "sv,
                                      " 192.0.2.1"sv,
                                      "192.0.2.1/24"sv,
                                      "0xC0000201"sv,
                                      "3221225985"sv,
                                      "192.0.2.1\0x"sv,
                                      "web"sv,
                                      ":"sv,
                                      ":::"sv,
                                      "1::2::3"sv,
                                      "12345::"sv,
                                      "fe80::1%eth0"sv,
                                      "[::1]"sv,
                                      "1:2:3:4:5:6:7"sv,
                                      "1:2:3:4:5:6:7:8:9"sv,
                                      "::192.0.2.256"sv}) {
    const Result<IpAddress> address = IpAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find(text), std::string::npos) << "names what was found";
  }
}

TEST(IpAddress, ComparesUnsignedFromTheMostSignificantByte) {
  // RFC 9568 §6.4.3 decides between equal priorities so.
  EXPECT_LT(ip("10.0.0.255"), ip("10.0.1.0"));
  EXPECT_LT(ip("127.255.255.255"), ip("128.0.0.0"));
  EXPECT_LT(ip("9.255.255.255"), ip("10.0.0.0"));
  EXPECT_LT(ip("fe80::1"), ip("fe80::2"));
  EXPECT_LT(ip("7fff::"), ip("8000::"));
  EXPECT_LT(ip("255.255.255.255"), ip("::")) << "all of IPv4 before all of IPv6";
}

TEST(IpAddress, KnowsItsScope) {
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());
  EXPECT_TRUE(ip("224.0.0.18").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_TRUE(ip("ff02::12").is_multicast());
  EXPECT_FALSE(ip("223.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_FALSE(ip("fe80::1").is_multicast());
  EXPECT_TRUE(ip("169.254.1.2").is_link_local());
  EXPECT_TRUE(ip("fe80::1").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("169.253.1.2").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
}

TEST(IpPrefix, KeepsAddressAndLength) {
  for (const char* text : {"192.0.2.10/24", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::1/64", "::/0",
                           "2001:db8::1/128"}) {
    EXPECT_EQ(prefix(text).to_string(), text);
  }
  EXPECT_EQ(prefix("192.0.2.1").to_string(), "192.0.2.1/32");
  EXPECT_EQ(prefix("2001:db8::1").to_string(), "2001:db8::1/128");
}

TEST(IpPrefix, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/24", "192.0.2.1/", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/+4", "192.0.2.1/024",
        "192.0.2.1/ 24", "192.0.2.1/24 ", "192.0.2.1/2x", "192.0.2.1/24/24", "2001:db8::/129",
        "192.0.2.1/255.255.255.0", "192.0.2.1/99999999999999999999"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

TEST(IpPrefix, ContainsItsNetwork) {
  EXPECT_TRUE(prefix("192.0.2.10/24").contains(ip("192.0.2.255")));
  EXPECT_FALSE(prefix("192.0.2.10/24").contains(ip("192.0.3.0")));
  EXPECT_TRUE(prefix("192.0.2.129/25").contains(ip("192.0.2.128")));
  EXPECT_FALSE(prefix("192.0.2.129/25").contains(ip("192.0.2.127")));
  EXPECT_TRUE(prefix("192.0.2.1").contains(ip("192.0.2.1")));
  EXPECT_FALSE(prefix("192.0.2.1").contains(ip("192.0.2.0")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(ip("255.1.2.3")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(ip("::"))) << "another family";
  EXPECT_TRUE(prefix("2001:db8::/32").contains(ip("2001:db8:ffff::1")));
  EXPECT_FALSE(prefix("2001:db8::/32").contains(ip("2001:db9::1")));
}

TEST(IpPrefix, ContainsExactlyWhatDiffersOnlyAfterItsLength) {
  for (unsigned length = 0; length <= 128; ++length) {
    const IpPrefix network{IpAddress::v6({}), static_cast<std::uint8_t>(length)};
    for (unsigned bit = 0; bit < 128; ++bit) {
      std::array<std::uint8_t, 16> bytes{};
      bytes[bit / 8] = static_cast<std::uint8_t>(0x80U >> (bit % 8));
      EXPECT_EQ(network.contains(IpAddress::v6(bytes)), bit >= length) << length << " " << bit;
    }
  }
}

TEST(Endpoint, KeepsItsText) {
  for (const char* text : {"192.0.2.1:80", "0.0.0.0:65535", "[2001:db8::1]:80", "[::]:1"}) {
    const Result<Endpoint> endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:443")->port, 443);
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "192.0.2.1",
                           "192.0.2.1:",
                           "192.0.2.1:0",
                           "192.0.2.1:65536",
                           "192.0.2.1:080",
                           "192.0.2.1:http",
                           "192.0.2.1:80 ",
                           "192.0.2.1:-1",
                           "[192.0.2.1]:80",
                           "2001:db8::1:80",
                           "2001:db8::1",
                           "[2001:db8::1]",
                           "[2001:db8::1]80",
                           "[2001:db8::1:80",
                           "[]:80",
                           "[:80",
                           "web:80"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace holdfast
