// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::supervisor {

struct ProcessStat {
  std::uint64_t cpu_ticks = 0;  // in the process and in the kernel for it
  std::uint64_t resident_pages = 0;
  bool operator==(const ProcessStat&) const = default;
};

// Of the text of /proc/PID/stat, which has the process's name in brackets, whatever is in that.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace holdfast::supervisor
