// SPDX-License-Identifier: Apache-2.0
#include "config/text_check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/scalars.h"

namespace holdfast {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  // 0: no UTF-8
};

// RFC 3629: shortest form only, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  char32_t code = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest.at(size) || surrogate || code > 0x10ffff) return {};
  return {code, size};
}

// YAML 1.2 §5.1.
bool is_printable(char32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return (code < 0x7f || code > 0x9f || code == 0x85) && code != 0xfffe && code != 0xffff;
}

// NEL, LS and PS ended a line for YAML 1.1, and do so for libyaml: what stands behind one in a
// comment would be read.
bool ends_line_for_some(char32_t code) {
  return code == 0x85 || code == 0x2028 || code == 0x2029;
}

constexpr char32_t kByteOrderMark = 0xfeff;

// Of a character that is refused: none is beyond U+FFFF.
std::string name_of(char32_t code) {
  return "U+" + hex_byte(static_cast<char>(code >> 8U)).substr(2) +
         hex_byte(static_cast<char>(code & 0xffU)).substr(2);
}

}  // namespace

bool check_text(std::string_view document, Faults& faults) {
  int line = 1;
  std::size_t line_start = 0;
  const auto refuse = [&](std::size_t at, std::string message) {
    faults.add(line, static_cast<int>(at - line_start) + 1, std::move(message));
    return false;
  };
  for (std::size_t at = 0; at < document.size();) {
    if (document[at] >= ' ' && document[at] <= '~') {
      ++at;
      continue;
    }
    const Character character = first_character(document.substr(at));
    if (character.size == 0) {
      return refuse(at, "found the byte " + hex_byte(document[at]) + ", expected UTF-8 text");
    }
    if (!is_printable(character.code)) {
      return refuse(at,
                    "found the control character " + name_of(character.code) + ", expected text");
    }
    if (ends_line_for_some(character.code)) {
      return refuse(at, "found the line end " + name_of(character.code) +
                            ", expected lines that end in LF or CRLF");
    }
    if (character.code == kByteOrderMark) {
      return refuse(at, "found a byte order mark, expected it at the beginning at most");
    }
    const std::size_t next = at + character.size;
    if (character.code == '\r' && (next == document.size() || document[next] != '\n')) {
      return refuse(at, "found a carriage return alone, expected lines that end in LF or CRLF");
    }
    if (character.code == '\n') {
      ++line;
      line_start = next;
    }
    at = next;
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace holdfast
