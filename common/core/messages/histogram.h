// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/core/time.h"

namespace holdfast {

// How long something took, counted: one set of bounds for all that is measured, from what a loop
// that is idle takes to what an operator notices.
struct DurationHistogram {
  // Upper bounds, in microseconds; one more count is of what took longer than any.
  static constexpr std::array<std::uint32_t, 12> kBounds{
      100,     300,     1'000,     3'000,     10'000,     30'000,
      100'000, 300'000, 1'000'000, 3'000'000, 10'000'000, 30'000'000};

  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // each of its own span only
  std::uint64_t sum = 0;                                   // microseconds
  bool operator==(const DurationHistogram&) const = default;

  // Less than nothing counts as nothing.
  void add(Duration took) {
    const auto time = static_cast<std::uint64_t>(std::max(took, Duration{0}).count());
    const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), time);
    ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
    sum += time;
  }

  static void describe(auto& archive, auto& self) {
    for (auto& count : self.counts) archive(count);
    archive(self.sum);
  }
};

}  // namespace holdfast
