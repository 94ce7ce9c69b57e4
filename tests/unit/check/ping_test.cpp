// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/ping.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::check {
namespace {

constexpr std::uint64_t kRandom = 0x0102030405060708U;
const std::string kToken = "\1\2\3\4\5\6\7\10";  // NOLINT(cert-err58-cpp)

std::string reply_to(std::string request, Family family) {
  request[0] = family == Family::kIpv4 ? '\0' : static_cast<char>(129);
  request.replace(2, 6, "\xaa\xbb\xcc\xdd\xee\xff");  // the kernel's own checksum and identifier
  return request;
}

TEST(Ping, TheRequestAsInRfc792) {
  PingConversation ping(Family::kIpv4, kRandom);
  std::string request = ping.begin().send;
  address_echo(request, Family::kIpv4, 0x1234, 0x5678);
  EXPECT_EQ(request.substr(0, 2), std::string("\x08\0", 2));
  EXPECT_EQ(request.substr(4), "\x12\x34\x56\x78" + kToken);
  EXPECT_EQ(echo_sequence(request), 0x5678);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < request.size(); i += 2) {
    sum += static_cast<std::uint8_t>(request[i]) * 256U + static_cast<std::uint8_t>(request[i + 1]);
  }
  EXPECT_EQ((sum & 0xffffU) + (sum >> 16U), 0xffffU);
}

TEST(Ping, TheRequestAsInRfc4443) {
  PingConversation ping(Family::kIpv6, kRandom);
  std::string request = ping.begin().send;
  EXPECT_EQ(request, std::string("\x80\0\0\0\0\0\0\0", 8) + kToken);
  address_echo(request, Family::kIpv6, 0x1234, 0x5678);
  EXPECT_EQ(request, std::string("\x80\0\0\0\x12\x34\x56\x78", 8) + kToken);
}

TEST(Ping, AShortMessageHasNoSequenceNumber) {
  EXPECT_EQ(echo_sequence(""), std::nullopt);
  EXPECT_EQ(echo_sequence("1234567"), std::nullopt);
}

TEST(Ping, OnlyItsOwnReplyCounts) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    PingConversation ping(family, kRandom);
    const std::string request = ping.begin().send;
    const std::string reply = reply_to(request, family);
    EXPECT_EQ(ping.received(request), Step{}) << "the request itself, as loopback shows it";
    EXPECT_EQ(ping.received(reply_to(PingConversation(family, 7).begin().send, family)), Step{});
    EXPECT_EQ(ping.received(reply + "x"), Step{});
    for (std::size_t size = 0; size < reply.size(); ++size) {
      EXPECT_EQ(ping.received(reply.substr(0, size)), Step{});
    }
    EXPECT_EQ(ping.received(reply), conclude(true, "answered"));
    EXPECT_FALSE(ping.silence().good);
  }
}

}  // namespace
}  // namespace holdfast::check
