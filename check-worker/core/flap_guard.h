// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::check {

// Finds a target that flaps, and says for how long it is to be held down: in the manner of RFC
// 2439, but told by counting, so that an operator can follow it. The time doubles with each hold,
// up to a limit, and begins anew once nothing was held for as long as that limit.
class FlapGuard {
 public:
  // Told of every change between up and down. Until when the target is held down, if it flaps.
  std::optional<Time> changed(const HoldDownConfig& config, bool up, Time now);

  // What a previous life had come to: its last hold, still on, was one of so many in a row.
  void restore(std::uint32_t holds, Time until) {
    holds_ = holds;
    released_ = until;
  }
  std::uint32_t holds() const { return holds_; }

  std::size_t changes() const { return changes_.size(); }  // that the last call counted

  bool operator==(const FlapGuard&) const = default;

 private:
  std::vector<Time> changes_;     // not older than HoldDownConfig::within; holds do not count
  std::uint32_t holds_ = 0;       // in a row
  std::optional<Time> released_;  // the end of the last hold
};

}  // namespace holdfast::check
