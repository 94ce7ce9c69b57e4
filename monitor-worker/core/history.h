// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "common/core/messages.h"

namespace holdfast::monitor {

// The last of what happened on this node, as the supervisor tells it, and what the changes of state
// were that were seen. Of what came before the first word on an instance it counts nothing.
class History {
 public:
  static constexpr std::size_t kMost = 256;  // events, of all kinds together; the oldest go

  // False: that one is known already.
  bool hear(const Happened& event);
  const std::deque<Happened>& last() const { return last_; }  // the newest at the end

  void hear(const RouterState& before, const RouterState& now);
  // Does not count any longer what a reload has removed. What happened stays.
  void count_only(const std::function<bool(const std::string& instance)>& configured);

  std::uint64_t count(const std::string& instance, VrrpState to) const;
  std::uint64_t count(const std::string& instance, Cause cause) const;
  // Between the last word of a master and the take-over; null: there was none.
  const DurationHistogram* unheld(const std::string& instance) const;

 private:
  std::deque<Happened> last_;
  std::map<std::pair<std::string, VrrpState>, std::uint64_t> counts_;
  std::map<std::pair<std::string, Cause>, std::uint64_t> causes_;
  std::map<std::string, DurationHistogram> unheld_;
};

}  // namespace holdfast::monitor
