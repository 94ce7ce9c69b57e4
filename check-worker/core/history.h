// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages/histogram.h"
#include "common/core/time.h"

namespace holdfast::check {

// What the attempts of one check came to, for an operator who asks. Decides nothing. At most some
// 400 bytes of times and two reasons.
class History {
 public:
  static constexpr std::size_t kTimesMax = 100;

  struct Event {
    Time at{};
    std::string reason;  // at most kStringSizeMax bytes
    bool operator==(const Event&) const = default;
  };

  // `took` is nothing, if it was good since nothing came.
  void good(Time now, std::optional<Duration> took, const std::string& reason);
  void bad(Time now, const std::string& reason);
  void not_made(Time now, const std::string& reason);

  std::uint64_t goods() const { return goods_; }
  std::uint64_t bads() const { return bads_; }
  std::uint64_t not_made() const { return not_made_; }
  const DurationHistogram& took() const { return took_; }  // the good ones
  const std::optional<Event>& last_good() const { return last_good_; }
  const std::optional<Event>& last_bad() const { return last_bad_; }
  // Since then nothing came to a result.
  const std::optional<Event>& hindered() const { return hindered_; }

  // Of the last good attempts, at most kTimesMax.
  std::size_t times() const { return times_.size(); }
  // So many in a hundred of them took no longer (nearest rank); 0 of none.
  Duration percentile(unsigned percent) const;

  bool operator==(const History&) const = default;

 private:
  // Of each good attempt first.
  std::uint64_t goods_ = 0;
  std::vector<std::uint32_t> times_;  // microseconds, a ring once it is full
  std::size_t next_ = 0;              // place in the ring
  DurationHistogram took_;
  std::optional<Event> last_good_;
  std::optional<Event> hindered_;
  std::optional<Event> last_bad_;
  std::uint64_t bads_ = 0;
  std::uint64_t not_made_ = 0;
};

}  // namespace holdfast::check
