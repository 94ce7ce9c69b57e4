// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "common/core/time.h"

namespace holdfast {

Time monotonic_now();      // CLOCK_MONOTONIC: the same on every process of a machine
RealTime real_time_now();  // CLOCK_REALTIME

// When Time began, by the clock on the wall. `known`, unless that clock was set since: so one
// moment reads the same every time.
std::chrono::system_clock::time_point boot_time(std::chrono::system_clock::time_point known);

}  // namespace holdfast
