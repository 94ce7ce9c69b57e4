// SPDX-License-Identifier: Apache-2.0
#include "config/scalars.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace holdfast {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};
constexpr Unit kMillisecond{"ms", 1'000};
constexpr Unit kSecond{"s", 1'000'000};
constexpr std::array kUnits{Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000}, kSecond, kMillisecond};

constexpr std::int64_t kNumberMax = 1'000'000;  // of any unit: far beyond every range, no overflow

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

std::string in_unit(std::int64_t count, const Unit& unit) {
  std::string text = std::to_string(count / unit.microseconds);
  if (const std::int64_t rest = count % unit.microseconds; rest != 0) {
    std::string decimals = std::to_string(unit.microseconds + rest).substr(1);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += '.' + decimals;
  }
  return text.append(unit.name);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 18 || count_digits(digits) != digits.size()) return {};
  if (digits.size() > 1 && digits[0] == '0') return {};
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = text.substr(0, count_digits(text));
  const auto number = parse_integer(whole);
  if (!number || *number > kNumberMax) return {};
  text.remove_prefix(whole.size());

  std::string thousandths = "000";
  if (text.starts_with('.')) {
    const std::string_view decimals = text.substr(1, count_digits(text.substr(1)));
    if (decimals.empty() || decimals.size() > thousandths.size()) return {};
    thousandths.replace(0, decimals.size(), decimals);
    text.remove_prefix(1 + decimals.size());
  }
  for (const Unit& unit : kUnits) {
    if (text != unit.name) continue;
    const std::int64_t fraction = std::stoi(thousandths) * (unit.microseconds / 1000);
    return Duration{*number * unit.microseconds + fraction};
  }
  return {};
}

std::string duration_text(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  if (count < kSecond.microseconds || count % kMillisecond.microseconds != 0) {
    return in_unit(count, kMillisecond);
  }
  for (const Unit& unit : kUnits) {
    if (count % unit.microseconds == 0 && unit.microseconds >= kSecond.microseconds) {
      return in_unit(count, unit);
    }
  }
  return in_unit(count, kSecond);
}

std::string hex_byte(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<std::uint8_t>(byte);
  return {'0', 'x', kDigits[value >> 4U], kDigits[value & 15U]};
}

std::string quote(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string quoted = "'";
  for (const char c : text.substr(0, kShown)) {
    const bool printable = c >= 0x20 && c < 0x7f;
    quoted += printable ? std::string(1, c) : '\\' + hex_byte(c).substr(1);
  }
  return quoted + (text.size() > kShown ? "...'" : "'");
}

}  // namespace holdfast
