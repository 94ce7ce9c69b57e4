// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/time.h"

namespace holdfast {

Time monotonic_now();      // CLOCK_MONOTONIC: the same on every process of a machine
RealTime real_time_now();  // CLOCK_REALTIME

}  // namespace holdfast
