// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/core/time.h"

namespace holdfast::supervisor {

// How much a worker may say. Ten thousands of checks may change at once, and again; who goes on and
// on like that would keep the supervisor from everything else.
class MessageBudget {
 public:
  static constexpr std::uint64_t kBurst = 200'000;
  static constexpr std::uint64_t kPerSecond = 20'000;

  // Takes one; false: it has said too much. `now` never goes back.
  bool take(Time now) {
    using std::chrono::microseconds;
    const auto passed = static_cast<std::uint64_t>((now - since_) / microseconds{1});
    const std::uint64_t earned = passed >= kWhole ? kBurst : passed * kPerSecond / 1'000'000;
    if (earned > 0) {
      left_ = left_ + earned < kBurst ? left_ + earned : kBurst;
      since_ = now;
    }
    return left_ > 0 && left_-- > 0;
  }

 private:
  static constexpr std::uint64_t kWhole = kBurst * 1'000'000 / kPerSecond;  // until it is full

  std::uint64_t left_ = kBurst;
  Time since_{};
};

}  // namespace holdfast::supervisor
