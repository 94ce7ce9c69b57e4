// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "common/core/time.h"

namespace holdfast::vrrp {

// keepalived's preempt_delay: how long a backup of higher priority suffers a lower-priority active
// router, counted from the first of its adverts, before it may preempt.
class PreemptGate {
 public:
  // An advert of lower priority came: may it be ignored, so that Active_Down_Timer runs out?
  bool open(Duration delay, Time now) {
    if (!lower_heard_) lower_heard_ = now;
    return now - *lower_heard_ >= delay;
  }
  void reset() { lower_heard_.reset(); }
  bool operator==(const PreemptGate&) const = default;

 private:
  std::optional<Time> lower_heard_;
};

}  // namespace holdfast::vrrp
