// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "common/core/time.h"

namespace holdfast::vrrp {

// Against interfaces that flap, keepalived's interface_up_down_delays: a change counts only once it
// has lasted, and one that is taken back before that has never been. The first look counts at once.
class LinkDelay {
 public:
  // Whether the interface counts as up. `delay` is how long a change to `up` must last.
  bool look(bool up, Duration delay, Time now) {
    if (!counts_as_up_) counts_as_up_ = up;
    if (up == *counts_as_up_) {
      changed_at_.reset();
      deadline_.reset();
      return up;
    }
    if (!changed_at_) changed_at_ = now;
    deadline_ = *changed_at_ + delay;
    if (now < *deadline_) return !up;
    counts_as_up_ = up;
    changed_at_.reset();
    deadline_.reset();
    return up;
  }
  std::optional<Time> deadline() const { return deadline_; }  // when to look again
  bool operator==(const LinkDelay&) const = default;

 private:
  std::optional<bool> counts_as_up_;
  std::optional<Time> changed_at_;  // it is otherwise since then
  std::optional<Time> deadline_;
};

}  // namespace holdfast::vrrp
