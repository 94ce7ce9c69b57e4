// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/load_watch.h"

#include <algorithm>
#include <utility>

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSpan = seconds{2};
constexpr int kLateAfter = 5;
constexpr int kInTimeAfter = 15;

constexpr Duration kLateAtMost = seconds{1};
// So late are those with the shortest interval on a busy machine, which is no load of ours.
constexpr Duration kTardyAtLeast = milliseconds{4};

}  // namespace

LoadWatch::Outcome LoadWatch::begun(Duration late, Duration interval, Time now) {
  late = std::max(late, Duration{0});
  Outcome outcome = Outcome::kNothing;
  if (span_.begun > 0 && now - span_.first >= kSpan) {
    outcome = judge(now) ? Outcome::kTurned : Outcome::kMeasured;
    span_ = Span();
  }
  if (span_.begun == 0) span_.first = now;
  ++span_.begun;
  span_.sum += late;
  const Duration limit = std::min(interval / 2, kLateAtMost);
  if (late > limit) ++span_.late;
  if (late > std::max(limit / 2, kTardyAtLeast)) ++span_.tardy;
  lateness_.add(late);
  return outcome;
}

// `now`: the next span begins.
bool LoadWatch::judge(Time now) {
  const auto begun = static_cast<std::int64_t>(span_.begun);
  late_by_ = span_.sum / begun;
  per_minute_ =
      static_cast<std::uint64_t>(begun * Duration{std::chrono::minutes{1}} / (now - span_.first));
  if (2 * span_.late > span_.begun) {
    if (score_ == 0) rising_ = span_.first;
    score_ = std::min(score_ + 1, kInTimeAfter);
  } else if (2 * span_.tardy <= span_.begun) {
    // All the time until the next attempts: those of few checks, or of a burst, come seldom.
    const auto spans = std::clamp<std::int64_t>((now - span_.first) / kSpan, 1, kInTimeAfter);
    score_ = std::max(score_ - static_cast<int>(spans), 0);
  }
  if (late_ ? score_ > 0 : score_ < kLateAfter) return false;
  late_ = !late_;
  since_ = late_ ? rising_ : now;
  score_ = late_ ? kInTimeAfter : 0;
  return true;
}

void LoadWatch::restore(Time since) {
  late_ = true;
  since_ = since;
  score_ = kInTimeAfter;
}

bool LoadWatch::idle(Time now) {
  span_ = Span();
  score_ = 0;
  if (!std::exchange(late_, false)) return false;
  since_ = now;
  late_by_ = {};
  per_minute_ = 0;
  return true;
}

}  // namespace holdfast::check
