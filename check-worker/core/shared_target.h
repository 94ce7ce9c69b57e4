// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "config/config.h"

namespace holdfast::check {

// Whom a check asks, as a value that nobody changes any more: a copy costs nothing, whatever
// requests and headers there are. It may be a part of a configuration, which then stays as long.
class SharedTarget {
 public:
  SharedTarget() = default;
  SharedTarget(CheckTarget target)  // NOLINT: it is the same value
      : target_(std::make_shared<const CheckTarget>(std::move(target))) {}
  explicit SharedTarget(const std::shared_ptr<const CheckConfig>& config)
      : target_(config, &config->target) {}

  const CheckTarget& operator*() const { return *target_; }  // not of one without a value

  bool operator==(const SharedTarget& other) const {
    return target_ == other.target_ || (target_ && other.target_ && *target_ == *other.target_);
  }

 private:
  std::shared_ptr<const CheckTarget> target_;
};

}  // namespace holdfast::check
