// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/time.h"

// The texts of single values. Stricter than YAML's own conversions, where 010 is 8, `no` is false,
// and both depend on who reads the file.
namespace holdfast {

// Decimal, at most 18 digits, no leading zero, no plus sign.
std::optional<std::int64_t> parse_integer(std::string_view text);

// A number, with at most three decimals, and its unit: 250ms, 1.5s, 2m, 1h.
std::optional<Duration> parse_duration(std::string_view text);

// What parse_duration() reads as this duration: 250ms, 40.95s, 2m. Not negative.
std::string duration_text(Duration duration);

// For a message: in single quotes, cut if long, what is not printable ASCII as \xNN, so that a file
// cannot forge lines of a log.
std::string quote(std::string_view text);
std::string hex_byte(char byte);  // 0x1b

}  // namespace holdfast
