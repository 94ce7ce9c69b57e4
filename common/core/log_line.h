// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// One thing that `text` says, for programs: they need not read sentences.
struct LogField {
  std::string_view name;  // a literal: "peer"
  std::string value;
  bool operator==(const LogField&) const = default;
};

// What a core wants said; its shell writes it.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
  std::vector<LogField> fields{};  // written in JSON only
  bool operator==(const LogLine&) const = default;
};

// The 1st, 2nd, 4th, 8th... of a kind is logged: a flood of packets is no flood of lines.
inline bool worth_a_line(std::uint64_t count) {
  return std::has_single_bit(count);
}

}  // namespace holdfast
