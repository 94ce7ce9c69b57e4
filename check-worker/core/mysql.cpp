// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/mysql.h"

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kPayloadMax = 8192;
constexpr std::uint8_t kProtocol = 10;

// The first byte of what answers a login.
constexpr std::uint8_t kOk = 0x00;
constexpr std::uint8_t kMoreData = 0x01;
constexpr std::uint8_t kAuthSwitch = 0xfe;
constexpr std::uint8_t kError = 0xff;

constexpr std::uint32_t kLongPassword = 0x1;
constexpr std::uint32_t kProtocol41 = 0x200;
constexpr std::uint32_t kSecureConnection = 0x8000;
constexpr std::uint32_t kPluginAuth = 0x80000;
constexpr char kUtf8 = 33;

std::string number32(std::uint32_t value) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string packet_of(std::uint8_t sequence, const std::string& payload) {
  std::string bytes = number32(static_cast<std::uint32_t>(payload.size()));
  bytes[3] = static_cast<char>(sequence);
  return bytes + payload;
}

std::string login(const std::string& user) {
  constexpr std::size_t kReserved = 23;
  std::string payload =
      number32(kLongPassword | kProtocol41 | kSecureConnection | kPluginAuth) + number32(1U << 24U);
  payload += kUtf8;
  payload.append(kReserved, '\0');
  payload += user;
  payload += '\0';
  payload += '\0';  // the length of what proves it: no password
  payload += "mysql_native_password";
  payload += '\0';
  return payload;
}

// "1045: Access denied for user ..."; the state that may stand before the text is left out.
std::string error_text(std::string_view payload) {
  if (payload.size() < 3) return "an error without a number";
  const auto low = static_cast<std::uint8_t>(payload[1]);
  const auto high = static_cast<std::uint8_t>(payload[2]);
  std::string_view text = payload.substr(3);
  if (text.starts_with('#') && text.size() >= 6) text.remove_prefix(6);
  return "error " + excerpt(std::to_string(high << 8U | low) + ": " + std::string(text));
}

}  // namespace

Step MysqlConversation::begin() {
  bytes_.clear();
  packets_ = 0;
  return {};
}

Step MysqlConversation::received(std::string_view bytes) {
  bytes_ += bytes.substr(0, kKeptMax - bytes_.size());
  Step all;
  while (bytes_.size() >= kHeaderSize) {
    std::size_t size = 0;
    for (std::size_t i = 3; i > 0; --i)
      size = size << 8U | static_cast<std::uint8_t>(bytes_[i - 1]);
    if (size == 0 || size > kPayloadMax) return conclude(false, "no MySQL: " + excerpt(bytes_));
    if (bytes_.size() < kHeaderSize + size) return all;
    const auto sequence = static_cast<std::uint8_t>(bytes_[3]);
    const std::string payload = bytes_.substr(kHeaderSize, size);
    bytes_.erase(0, kHeaderSize + size);
    Step next = packet(sequence, payload);
    all.send += next.send;
    all.end = std::move(next.end);
    if (all.end) return all;
  }
  return all;
}

Step MysqlConversation::packet(std::uint8_t sequence, std::string_view payload) {
  if (++packets_ > kPacketsMax) return conclude(false, "a login without an end");
  if (static_cast<std::uint8_t>(payload[0]) == kError) return conclude(false, error_text(payload));
  return packets_ == 1 ? greeted(sequence, payload) : logging_in(sequence, payload);
}

Step MysqlConversation::greeted(std::uint8_t sequence, std::string_view payload) {
  const std::size_t end = payload.find('\0');
  if (static_cast<std::uint8_t>(payload[0]) != kProtocol || end == std::string_view::npos) {
    return conclude(false, "no MySQL of protocol 10: " + excerpt(payload));
  }
  if (user_.empty()) return conclude(true, "greeted by " + excerpt(payload.substr(1, end - 1)));
  return say(packet_of(static_cast<std::uint8_t>(sequence + 1), login(user_)));
}

Step MysqlConversation::logging_in(std::uint8_t sequence, std::string_view payload) {
  switch (static_cast<std::uint8_t>(payload[0])) {
    case kOk: {
      Step next = conclude(true, "logged in");
      next.send = packet_of(0, std::string(1, '\1'));  // COM_QUIT
      return next;
    }
    case kMoreData:
      return {};
    case kAuthSwitch:  // To another way to prove it: no password looks the same in all of them.
      return say(packet_of(static_cast<std::uint8_t>(sequence + 1), ""));
    default:
      return conclude(false, "no MySQL: " + excerpt(payload));
  }
}

Conclusion MysqlConversation::silence() const {
  return {false, packets_ == 0 ? "no greeting" : "no answer to the login"};
}

}  // namespace holdfast::check
