// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "common/core/result.h"
#include "common/core/time.h"

namespace holdfast::simulator {

// The only source of chance in a run. The distributions of <random> differ from one standard
// library to the next; the engine does not, and these bounds are our own.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0..bound-1, each as likely as the other: what would favour the low ones is drawn again.
  std::uint64_t below(std::uint64_t bound) {
    HF_CHECK(bound > 0);
    const std::uint64_t uneven = (UINT64_MAX % bound + 1) % bound;
    std::uint64_t value = engine_();
    while (value > UINT64_MAX - uneven) value = engine_();
    return value % bound;
  }
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  Duration between(Duration low, Duration high) {
    return low + Duration{below(static_cast<std::uint64_t>((high - low).count()) + 1)};
  }
  bool chance(unsigned percent) { return percent > 0 && below(100) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <typename T>
  T& pick(std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace holdfast::simulator
