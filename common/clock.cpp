// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <ctime>

namespace holdfast {

namespace {

Duration now_by(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds{now.tv_sec} +
                                              std::chrono::nanoseconds{now.tv_nsec});
}

}  // namespace

Time monotonic_now() {
  return Time{now_by(CLOCK_MONOTONIC)};
}

RealTime real_time_now() {
  return RealTime{now_by(CLOCK_REALTIME)};
}

std::chrono::system_clock::time_point boot_time(std::chrono::system_clock::time_point known) {
  using std::chrono::system_clock;
  const auto boot = system_clock::now() - monotonic_now().time_since_epoch();
  const auto found = std::chrono::time_point_cast<system_clock::duration>(boot);
  return std::chrono::abs(found - known) < std::chrono::seconds{1} ? known : found;
}

}  // namespace holdfast
