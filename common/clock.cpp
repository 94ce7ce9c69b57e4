// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <ctime>

namespace holdfast {

Time monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Time{std::chrono::duration_cast<Duration>(std::chrono::seconds{now.tv_sec} +
                                                   std::chrono::nanoseconds{now.tv_nsec})};
}

}  // namespace holdfast
