// SPDX-License-Identifier: Apache-2.0
#include "common/core/log_escape.h"

#include <array>
#include <cstddef>
#include <cstdio>

namespace holdfast {
namespace {

// The bytes of the character at the front of `text`, or 0 if it is no well-formed UTF-8 or a
// control character, C1 (U+0080 to U+009F) included: terminals obey those too.
std::size_t printable(std::string_view text) {
  const auto byte = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  const unsigned next = byte(1);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  if (!continues(1)) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return lead == 0xC2 && next < 0xA0 ? 0 : 2;
  if (!continues(2)) return 0;
  if (lead == 0xE0) return next >= 0xA0 ? 3 : 0;  // else longer than need be
  if (lead == 0xED) return next < 0xA0 ? 3 : 0;   // else half of a surrogate pair
  if (lead > 0xE0 && lead <= 0xEF) return 3;
  if (!continues(3)) return 0;
  if (lead == 0xF0) return next >= 0x90 ? 4 : 0;
  if (lead == 0xF4) return next < 0x90 ? 4 : 0;  // else above U+10FFFF
  return lead > 0xF0 && lead < 0xF4 ? 4 : 0;
}

void append_byte(std::string& line, unsigned char byte, Escapes escapes) {
  if (byte == '\n') {
    line += "\\n";
  } else if (byte == '\t') {
    line += "\\t";
  } else if (escapes == Escapes::kJson && byte >= 0x80) {
    line += "\\ufffd";  // JSON has no bytes, only characters
  } else {
    std::array<char, 8> code{};
    static_cast<void>(std::snprintf(code.data(), code.size(),
                                    escapes == Escapes::kJson ? "\\u%04x" : "\\x%02x", byte));
    line += code.data();
  }
}

}  // namespace

void append_escaped(std::string& line, std::string_view text, Escapes escapes) {
  while (!text.empty()) {
    const std::size_t size = printable(text);
    if (size == 0) {
      append_byte(line, static_cast<unsigned char>(text.front()), escapes);
      text.remove_prefix(1);
      continue;
    }
    if (escapes == Escapes::kJson && (text.front() == '"' || text.front() == '\\')) line += '\\';
    line += text.substr(0, size);
    text.remove_prefix(size);
  }
}

}  // namespace holdfast
