// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/ping.h"

#include "common/core/result.h"

namespace holdfast::check {
namespace {

constexpr char kEchoRequest = 8;
constexpr char kEchoReply = 0;
constexpr auto kEchoRequest6 = static_cast<char>(128);
constexpr auto kEchoReply6 = static_cast<char>(129);
constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kChecksumAt = 2;
constexpr std::size_t kIdentifierAt = 4;
constexpr std::size_t kSequenceAt = 6;

std::string token(std::uint64_t random) {
  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    bytes += static_cast<char>(random >> (shift - 8U));
  }
  return bytes;
}

// RFC 1071.
std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? std::uint32_t{byte} << 8U : byte;
  }
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

void put16(std::string& message, std::size_t at, std::uint16_t value) {
  message[at] = static_cast<char>(value >> 8U);
  message[at + 1] = static_cast<char>(value);
}

}  // namespace

std::optional<std::uint16_t> echo_sequence(std::string_view message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  const auto high = static_cast<std::uint8_t>(message[kSequenceAt]);
  const auto low = static_cast<std::uint8_t>(message[kSequenceAt + 1]);
  return static_cast<std::uint16_t>(high << 8U | low);
}

void address_echo(std::string& message, Family family, std::uint16_t identifier,
                  std::uint16_t sequence) {
  HF_CHECK(message.size() >= kHeaderSize);
  put16(message, kIdentifierAt, identifier);
  put16(message, kSequenceAt, sequence);
  put16(message, kChecksumAt, 0);
  if (family == Family::kIpv4) put16(message, kChecksumAt, checksum(message));
}

Step PingConversation::begin() {
  std::string message(kHeaderSize, '\0');
  message[0] = family_ == Family::kIpv4 ? kEchoRequest : kEchoRequest6;
  message += token(random_);
  return say(std::move(message));
}

Step PingConversation::received(std::string_view message) {
  const char reply = family_ == Family::kIpv4 ? kEchoReply : kEchoReply6;
  if (message.size() < kHeaderSize || message[0] != reply || message[1] != 0) return {};
  if (message.substr(kHeaderSize) != token(random_)) return {};
  return conclude(true, "answered");
}

}  // namespace holdfast::check
