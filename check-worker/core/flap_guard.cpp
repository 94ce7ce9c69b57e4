// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/flap_guard.h"

#include <algorithm>

namespace holdfast::check {

std::optional<Time> FlapGuard::changed(const HoldDownConfig& config, bool up, Time now) {
  std::erase_if(changes_, [&](Time change) { return change < now - config.within; });
  changes_.push_back(now);
  while (changes_.size() > config.changes) changes_.erase(changes_.begin());
  if (up || changes_.size() < config.changes) return std::nullopt;
  if (released_ && now - *released_ >= config.max) holds_ = 0;
  Duration length = config.time;
  for (std::uint32_t i = 0; i < holds_ && length < config.max; ++i) length *= 2;
  length = std::min(length, config.max);
  ++holds_;
  // The window stands still meanwhile: a target that fails again as soon as it is let go of is
  // still the one that flapped.
  for (Time& change : changes_) change += length;
  released_ = now + length;
  return released_;
}

}  // namespace holdfast::check
