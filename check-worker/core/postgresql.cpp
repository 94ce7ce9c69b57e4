// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/postgresql.h"

#include <cstdint>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

constexpr std::size_t kTypeAndLength = 5;
constexpr std::uint32_t kLengthMax = 16384;  // of one message
constexpr std::uint32_t kProtocol = 0x30000;
constexpr std::string_view kTerminate{"X\0\0\0\4", 5};

std::string number32(std::uint32_t value) {
  std::string bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8)
    bytes += static_cast<char>(value >> (shift - 8U));
  return bytes;
}

std::uint32_t to_number32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

// A field of an error: each is a letter and a text that ends with a zero byte.
std::string field(std::string_view fields, char letter) {
  while (!fields.empty() && fields.front() != '\0') {
    const std::size_t end = fields.find('\0');
    if (end == std::string_view::npos) break;
    if (fields.front() == letter) return std::string(fields.substr(1, end - 1));
    fields.remove_prefix(end + 1);
  }
  return {};
}

Step judge_error(std::string_view fields) {
  const std::string code = field(fields, 'C');
  if (code.size() != 5) return conclude(false, "no PostgreSQL: an error without a code");
  const std::string reason = "error " + excerpt(code + ": " + field(fields, 'M'));
  for (const std::string_view bad : {"53", "57", "58", "XX"}) {
    if (code.starts_with(bad)) return conclude(false, reason);
  }
  return conclude(true, "answered: " + reason);
}

Step judge(char type, std::string_view payload) {
  if (type == 'E') return judge_error(payload);
  if (payload.size() < 4) return conclude(false, "no PostgreSQL: a question that is too short");
  Step next = conclude(true, "answered as expected");
  // Nothing is asked of this user: then a session has begun, which ends with a word.
  if (to_number32(payload) == 0) next.send = kTerminate;
  return next;
}

}  // namespace

Step PostgresqlConversation::begin() {
  bytes_.clear();
  std::string body = number32(kProtocol);
  body += "user" + std::string(1, '\0') + user_ + std::string(1, '\0');
  if (!database_.empty()) {
    body += "database" + std::string(1, '\0') + database_ + std::string(1, '\0');
  }
  body += '\0';
  return say(number32(static_cast<std::uint32_t>(body.size() + 4)) + body);
}

Step PostgresqlConversation::received(std::string_view bytes) {
  bytes_ += bytes.substr(0, kKeptMax - bytes_.size());
  if (bytes_.empty()) return {};
  if (bytes_[0] != 'R' && bytes_[0] != 'E') {
    return conclude(false, "no PostgreSQL: " + excerpt(bytes_));
  }
  if (bytes_.size() < kTypeAndLength) return {};
  const std::uint32_t length = to_number32(std::string_view(bytes_).substr(1));
  if (length < 4 || length > kLengthMax)
    return conclude(false, "no PostgreSQL: " + excerpt(bytes_));
  if (bytes_.size() < length + 1U) return {};
  return judge(bytes_[0], std::string_view(bytes_).substr(kTypeAndLength, length - 4U));
}

Conclusion PostgresqlConversation::silence() const {
  return {false, bytes_.empty() ? "no answer" : "an answer that is not complete"};
}

}  // namespace holdfast::check
