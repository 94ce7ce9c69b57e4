// SPDX-License-Identifier: Apache-2.0
#include "names/core/dns_cursor.h"

#include <algorithm>
#include <array>

#include "common/core/ip.h"

namespace holdfast {
namespace {

constexpr std::size_t kNameMax = 255;  // RFC 1035 §2.3.4, on the wire
constexpr std::uint8_t kPointer = 0xc0;

// Of those whose data is more than bytes.
constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kNs = 2;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kSoa = 6;
constexpr std::uint16_t kPtr = 12;
constexpr std::uint16_t kMx = 15;
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kAaaa = 28;
constexpr std::uint16_t kSrv = 33;

void put_escaped(std::string& text, std::uint8_t byte, bool dot_too) {
  if (byte > 0x20 && byte < 0x7f && byte != '\\' && !(dot_too && byte == '.')) {
    text += static_cast<char>(byte);
    return;
  }
  text += '\\';
  text += static_cast<char>('0' + byte / 100);
  text += static_cast<char>('0' + byte / 10 % 10);
  text += static_cast<char>('0' + byte % 10);
}

}  // namespace

bool DnsCursor::take(std::size_t size) {
  if (failed_ || message_.size() - at_ < size) {
    failed_ = true;
    return false;
  }
  at_ += size;
  return true;
}

std::uint8_t DnsCursor::number8() {
  return take(1) ? message_[at_ - 1] : std::uint8_t{0};
}

std::uint16_t DnsCursor::number16() {
  if (!take(2)) return 0;
  return static_cast<std::uint16_t>(message_[at_ - 2] << 8U | message_[at_ - 1]);
}

std::uint32_t DnsCursor::number32() {
  const std::uint32_t high = number16();
  return high << 16U | number16();
}

// A pointer must point before the one that led here (RFC 1035 §4.1.4: to a prior occurrence), so
// that no chain of them has an end that is not reached.
std::string DnsCursor::name() {
  std::string text;
  std::size_t size = 0;  // on the wire, uncompressed
  std::size_t at = at_;
  std::size_t limit = at_;  // a pointer must point before this
  bool jumped = false;
  while (!failed_) {
    if (at >= message_.size()) break;
    const std::uint8_t length = message_[at];
    if (length >= kPointer) {
      if (at + 1 >= message_.size()) break;
      const auto to =
          static_cast<std::size_t>((length & ~kPointer & 0xffU) << 8U | message_[at + 1]);
      if (!jumped) at_ = at + 2;
      jumped = true;
      if (to >= limit) break;
      at = limit = to;
      continue;
    }
    size += length + 1U;
    if (length > 63 || size > kNameMax || message_.size() - at <= length) break;
    if (length == 0) {
      if (!jumped) at_ = at + 1;
      return text;
    }
    if (!text.empty()) text += '.';
    for (std::size_t i = 1; i <= length; ++i) put_escaped(text, message_[at + i], true);
    at += length + 1U;
  }
  failed_ = true;
  return {};
}

std::optional<std::string> DnsCursor::data(std::uint16_t type, std::size_t size) {
  if (failed_ || message_.size() - at_ < size) {
    failed_ = true;
    return std::nullopt;
  }
  const std::size_t end = at_ + size;
  std::string text = fields(type, end);
  if (failed_ || at_ != end) {
    failed_ = true;
    return std::nullopt;
  }
  return text;
}

std::string DnsCursor::fields(std::uint16_t type, std::size_t end) {
  std::string text;
  const auto numbers = [&](int count) {
    for (int i = 0; i < count; ++i) text += std::to_string(number16()) + ' ';
  };
  switch (type) {
    case kA:
      return address(4);
    case kAaaa:
      return address(16);
    case kNs:
    case kCname:
    case kPtr:
      return name();
    case kMx:
      numbers(1);
      return text + name();
    case kSrv:
      numbers(3);
      return text + name();
    case kSoa:
      text = name();
      text += ' ' + name();
      for (int i = 0; i < 5; ++i) text += ' ' + std::to_string(number32());
      return text;
    case kTxt:
      return texts(end);
    default:
      return unknown(end);
  }
}

std::string DnsCursor::address(std::size_t size) {
  if (!take(size)) return {};
  const auto from = message_.begin() + static_cast<std::ptrdiff_t>(at_ - size);
  if (size == 4) {
    std::array<std::uint8_t, 4> bytes{};
    std::copy_n(from, size, bytes.begin());
    return IpAddress::v4(bytes).to_string();
  }
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(from, size, bytes.begin());
  return IpAddress::v6(bytes).to_string();
}

// Of several character strings those who publish a text mean one, cut at 255 bytes.
std::string DnsCursor::texts(std::size_t end) {
  std::string text;
  while (!failed_ && at_ < end) {
    const std::size_t size = number8();
    if (!take(size)) break;
    for (std::size_t i = at_ - size; i < at_; ++i) {
      if (message_[i] == ' ') {
        text += ' ';
      } else {
        put_escaped(text, message_[i], false);
      }
    }
  }
  return text;
}

std::string DnsCursor::unknown(std::size_t end) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\# " + std::to_string(end - at_);
  if (at_ < end) text += ' ';
  for (; at_ < end; ++at_) {
    text += kDigits[message_[at_] >> 4U];
    text += kDigits[message_[at_] & 15U];
  }
  return text;
}

}  // namespace holdfast
