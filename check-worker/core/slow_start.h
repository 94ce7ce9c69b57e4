// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/core/time.h"

namespace holdfast::check {

// A target that has come back, and is given its weight in ten steps over a time: a tenth at once.
class SlowStart {
 public:
  static constexpr std::int64_t kSteps = 10;

  SlowStart(Time start, Duration length) : start_(start), length_(length) {}

  // 1..full percent, or 0 of 0: what it has at a time.
  std::uint8_t weight(std::uint8_t full, Time now) const {
    return static_cast<std::uint8_t>((full * step(now) + kSteps - 1) / kSteps);
  }
  // When it has more; nothing once it has all.
  std::optional<Time> next(Time now) const {
    const std::int64_t reached = step(now);
    if (reached >= kSteps) return std::nullopt;
    return start_ + (length_ * reached + Duration{kSteps - 1}) / kSteps;
  }

  // When it has all.
  Time whole() const { return start_ + (length_ * (kSteps - 1) + Duration{kSteps - 1}) / kSteps; }

  bool operator==(const SlowStart&) const = default;

 private:
  std::int64_t step(Time now) const {
    const Duration since = std::clamp(now - start_, Duration{0}, length_);
    const std::int64_t step = length_.count() == 0 ? kSteps : since * kSteps / length_ + 1;
    return std::min(step, kSteps);
  }

  Time start_;
  Duration length_;
};

}  // namespace holdfast::check
