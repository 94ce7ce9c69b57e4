// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace holdfast {

// CLOCK_MONOTONIC in microseconds. The tag has no now(): a core cannot read a clock, it is told
// the time. The shells read it with monotonic_now() in common/clock.h.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::microseconds;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using Duration = std::chrono::microseconds;
using Time = MonotonicClock::time_point;

// CLOCK_REALTIME in microseconds, since 1970: what the clocks of several nodes have in common.
struct RealTimeClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::microseconds;
  using time_point = std::chrono::time_point<RealTimeClock>;
  static constexpr bool is_steady = false;
};
using RealTime = RealTimeClock::time_point;

}  // namespace holdfast
