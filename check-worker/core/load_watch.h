// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/core/messages/histogram.h"
#include "common/core/time.h"

namespace holdfast::check {

// Judges whether attempts begin when they are due, or a check-worker has more to do than it gets
// done. Spans of two seconds are late if most attempts in them were, and in time if most were, by
// half that measure; five of the one kind more than of the other make it late, and then fifteen of
// the other in time. So neither a pause of the machine nor one slow turn of the loop is a lack. And
// one that leaves out a whole round of attempts, since it cannot make them, is in time for a
// moment.
class LoadWatch {
 public:
  enum class Outcome : std::uint8_t { kNothing, kMeasured, kTurned };

  // An attempt begins, `late` after it was due. By what it is measured: half the interval of its
  // check, and at most a second. kMeasured: late_by() and per_minute() are of a new span; kTurned:
  // so is late(). Only so is time seen to pass.
  Outcome begun(Duration late, Duration interval, Time now);

  // There is nothing that could begin. True: that ends a lateness.
  bool idle(Time now);

  void restore(Time since);  // the former life was late

  bool late() const { return late_; }
  Time since() const { return since_; }                     // of late(), once that has turned
  Duration late_by() const { return late_by_; }             // on average, in the last span
  std::uint64_t per_minute() const { return per_minute_; }  // attempts begun in the last span
  const DurationHistogram& lateness() const { return lateness_; }  // of all, in this life

  bool operator==(const LoadWatch&) const = default;

 private:
  struct Span {  // of attempts
    Time first{};
    std::uint64_t begun = 0;
    std::uint64_t late = 0;
    std::uint64_t tardy = 0;  // beyond half of what makes late
    Duration sum{};
    bool operator==(const Span&) const = default;
  };

  bool judge(Time now);

  Span span_;
  bool late_ = false;
  Time since_{};
  int score_ = 0;  // late spans more than such in time, since the first of them
  Time rising_{};  // when that began
  Duration late_by_{};
  std::uint64_t per_minute_ = 0;
  DurationHistogram lateness_;
};

}  // namespace holdfast::check
