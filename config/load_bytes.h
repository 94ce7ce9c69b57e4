// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/check_udp.h"
#include "config/reader.h"

// Bytes in a document, which is text: as a text with \r, \n, \t, \\ and \xNN, or as {hex: 0d0a}.
namespace holdfast {

// What such a text means; nothing, if another backslash is in it.
std::optional<std::string> unescape(std::string_view text);

// Pairs of hexadecimal digits, blanks between them: "53 45 0d0a". Nothing, if it is something else.
std::optional<std::string> parse_hex(std::string_view text);

// The same; 'x' stands for any digit: "53 xx 0x".
std::optional<BytePattern> parse_hex_pattern(std::string_view text);

// The bytes under a key, at least `min` and at most `max` of them; null and a fault otherwise, and
// null if the key is absent.
const YamlNode* read_bytes(MapReader& map, std::string_view key, Faults& faults, std::size_t min,
                           std::size_t max, std::string& bytes);
const YamlNode* read_byte_pattern(MapReader& map, std::string_view key, Faults& faults,
                                  std::size_t max, BytePattern& pattern);

}  // namespace holdfast
