// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// What a core wants said; its shell writes it.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
  bool operator==(const LogLine&) const = default;
};

}  // namespace holdfast
