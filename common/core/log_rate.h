// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/core/time.h"

namespace holdfast {

// How many lines one process may write: kBurst at once, kPerSecond in the long run. The rest is
// counted. A thousand virtual routers or servers that change at once have a line each.
class LogRate {
 public:
  static constexpr std::int64_t kBurst = 10'000;
  static constexpr std::int64_t kPerSecond = 300;

  bool admits(Time now) {
    constexpr Duration kLine =
        std::chrono::duration_cast<Duration>(std::chrono::seconds{1}) / kPerSecond;
    constexpr Duration kAll = kLine * kBurst;
    owed_until_ = std::max(owed_until_, now);
    if (owed_until_ - now > kAll - kLine) {
      ++left_out_;
      return false;
    }
    owed_until_ += kLine;
    return true;
  }

  // Since it was asked last.
  std::uint64_t left_out() {
    const std::uint64_t count = left_out_;
    left_out_ = 0;
    return count;
  }

 private:
  Time owed_until_{};  // when all that was written would have been written at kPerSecond
  std::uint64_t left_out_ = 0;
};

}  // namespace holdfast
