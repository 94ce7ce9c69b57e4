// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/core/time.h"

// How a process stands with the kernel: `vrrp: process:`.
namespace holdfast {

struct RealTimeConfig {
  std::uint8_t priority = 1;                // 1..99, of SCHED_RR
  Duration limit{std::chrono::seconds{1}};  // 10 ms..1 min of work without a pause, then SIGXCPU
  bool operator==(const RealTimeConfig&) const = default;
};

struct ProcessConfig {
  bool memory_locked = false;  // never swapped out
  std::optional<RealTimeConfig> real_time;
  std::vector<std::uint16_t> cpu_affinity;  // 0..1023; empty: any
  std::optional<std::int16_t> oom_score;    // -1000..1000, as /proc/PID/oom_score_adj
  bool operator==(const ProcessConfig&) const = default;
};

}  // namespace holdfast
