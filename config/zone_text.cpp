// SPDX-License-Identifier: Apache-2.0
#include "config/zone_text.h"

#include <algorithm>

namespace holdfast {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void put(std::string& text, unsigned byte) {
  if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
    text += static_cast<char>(byte);
    return;
  }
  const std::string digits = std::to_string(byte);
  text += '\\' + std::string(3 - digits.size(), '0') + digits;
}

// What stands behind a backslash; nothing, if that is none.
std::optional<unsigned> escaped(std::string_view& text) {
  if (text.size() >= 3 && std::all_of(text.begin(), text.begin() + 3, is_digit)) {
    const auto digit = [&text](std::size_t i) { return static_cast<unsigned>(text[i] - '0'); };
    const unsigned byte = digit(0) * 100 + digit(1) * 10 + digit(2);
    text.remove_prefix(3);
    return byte < 256 ? std::optional(byte) : std::nullopt;
  }
  if (text.empty() || is_digit(text.front())) return std::nullopt;
  const unsigned byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte;
}

// Up to its end, behind the quotation mark that begins it.
bool put_one(std::string_view& text, std::string& into) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return true;
    std::optional<unsigned> byte = static_cast<unsigned char>(c);
    if (c == '\\') byte = escaped(text);
    if (!byte) return false;
    put(into, *byte);
  }
  return false;
}

}  // namespace

std::optional<std::string> joined_zone_text(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string joined;
  while (text.starts_with('"')) {
    text.remove_prefix(1);
    if (!put_one(text, joined)) return std::nullopt;
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  }
  return text.empty() ? std::optional(joined) : std::nullopt;
}

}  // namespace holdfast
