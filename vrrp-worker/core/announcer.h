// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "common/core/time.h"

namespace holdfast::vrrp {

// When an active router announces its addresses: at once, and again five seconds after it was last
// asked (keepalived's garp_master_delay: a switch may not forward yet). Not more than once a
// second, so that a flood of losing adverts is no flood of announcements.
class Announcer {
 public:
  static constexpr int kRepeats = 5;  // of each frame in a burst (keepalived's garp_master_repeat)

  // Whether to announce now; if not, wake() will say so.
  bool request(Time now) {
    again_ = now + kSecondBurst;
    if (last_ && now - *last_ < kShortestGap) {
      due_ = *last_ + kShortestGap;
      return false;
    }
    last_ = now;
    due_ = again_;
    return true;
  }
  bool wake(Time now) {
    if (!due_ || now < *due_) return false;
    last_ = now;
    due_.reset();
    if (again_ > now) due_ = again_;
    return true;
  }
  std::optional<Time> deadline() const { return due_; }

 private:
  static constexpr auto kSecondBurst = std::chrono::seconds{5};
  static constexpr auto kShortestGap = std::chrono::seconds{1};

  std::optional<Time> last_;
  std::optional<Time> due_;
  Time again_{};
};

}  // namespace holdfast::vrrp
