// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/history.h"

#include <algorithm>
#include <limits>

#include "common/core/messages.h"

namespace holdfast::check {
namespace {

// Into the memory of the event before it.
void note(std::optional<History::Event>& event, Time now, const std::string& reason) {
  if (!event || reason.size() > kStringSizeMax) {
    event = History::Event{now, bounded(reason)};
  } else {
    event->at = now;
    event->reason = reason;
  }
}

}  // namespace

void History::good(Time now, std::optional<Duration> took, const std::string& reason) {
  ++goods_;
  note(last_good_, now, reason);
  hindered_.reset();
  if (!took) return;
  took_.add(*took);
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();  // more than an hour
  const auto time = static_cast<std::uint32_t>(std::clamp<std::int64_t>(took->count(), 0, kMost));
  if (times_.size() < kTimesMax) {
    times_.push_back(time);
  } else {
    times_[next_] = time;
    next_ = (next_ + 1) % kTimesMax;
  }
}

void History::bad(Time now, const std::string& reason) {
  ++bads_;
  note(last_bad_, now, reason);
  hindered_.reset();
}

void History::not_made(Time now, const std::string& reason) {
  ++not_made_;
  note(hindered_, now, reason);
}

Duration History::percentile(unsigned percent) const {
  if (times_.empty()) return Duration{0};
  std::vector<std::uint32_t> sorted = times_;
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  const auto place = static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(sorted.begin(), sorted.begin() + place, sorted.end());
  return Duration{sorted[static_cast<std::size_t>(place)]};
}

}  // namespace holdfast::check
