// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/ping.h"

namespace holdfast::check {
namespace {

constexpr char kEchoRequest = 8;
constexpr char kEchoReply = 0;
constexpr auto kEchoRequest6 = static_cast<char>(128);
constexpr auto kEchoReply6 = static_cast<char>(129);
constexpr std::size_t kHeaderSize = 8;

std::string token(std::uint64_t random) {
  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    bytes += static_cast<char>(random >> (shift - 8U));
  }
  return bytes;
}

// RFC 1071. Of ICMPv6 it covers a pseudo-header that only the kernel knows, which fills it in.
std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? std::uint32_t{byte} << 8U : byte;
  }
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

Step PingConversation::begin() {
  std::string message(kHeaderSize, '\0');
  message[0] = family_ == Family::kIpv4 ? kEchoRequest : kEchoRequest6;
  message.replace(4, 4, token(random_), 4, 4);  // identifier and sequence number
  message += token(random_);
  if (family_ == Family::kIpv4) {
    const std::uint16_t sum = checksum(message);
    message[2] = static_cast<char>(sum >> 8U);
    message[3] = static_cast<char>(sum);
  }
  return say(std::move(message));
}

Step PingConversation::received(std::string_view message) {
  const char reply = family_ == Family::kIpv4 ? kEchoReply : kEchoReply6;
  if (message.size() < kHeaderSize || message[0] != reply || message[1] != 0) return {};
  if (message.substr(kHeaderSize) != token(random_)) return {};
  return conclude(true, "answered");
}

}  // namespace holdfast::check
