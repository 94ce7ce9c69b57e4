// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/core/time.h"

namespace holdfast {

// What is only counted, adverts sent and accepted and when the last one came, a vrrp-worker tells
// of each virtual router no more often than this, so that many of them make no more messages a
// second than a few. Whatever changes beside that is told at once.
constexpr Duration advert_report_pace(std::size_t routers) {
  return std::chrono::milliseconds{30} * static_cast<std::int64_t>(routers);
}

// A peer of adverts each so far apart is silent after that: a backup takes three to be missing, and
// its Skew_Time is less than one.
constexpr Duration silent_after(Duration interval) {
  return 4 * interval;
}

}  // namespace holdfast
