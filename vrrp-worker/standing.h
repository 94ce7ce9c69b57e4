// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/time.h"

namespace holdfast::vrrp {

// How this process is to stand with the kernel, by its arguments: the supervisor knows the
// configuration before this process may read it, and what it says takes root.
struct ProcessStanding {
  bool memory_locked = false;
  int real_time = 0;  // 1..99; 0: no
  Duration real_time_limit{};
  std::vector<unsigned> processors;  // 0..1023; empty: any
  std::optional<int> oom_score;
};

// "--memory-locked", "--real-time=PRIORITY", "--real-time-limit=MICROSECONDS", "--cpus=0,2",
// "--oom-score=N". False if the word is none of these.
bool read_standing(std::string_view word, ProcessStanding& standing);

// As root, before the process is confined. What the kernel refuses is said, and left: a router that
// runs without is better than none.
void take(const ProcessStanding& standing);

}  // namespace holdfast::vrrp
