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

// A change of state of one instance.
struct Transition {
  std::string instance;
  VrrpState from{};
  VrrpState to{};
  Priority priority;  // after it
  Time at;
  std::string reason;  // for a person
  bool operator==(const Transition&) const = default;
};

// The last changes of state, and how many there were. Of what came before the first word on an
// instance it knows nothing.
class History {
 public:
  static constexpr std::size_t kMost = 256;  // of all instances together; the oldest go

  void hear(const RouterState& before, const RouterState& now);
  // Does not count any longer what a reload has removed. What happened stays.
  void count_only(const std::function<bool(const std::string& instance)>& configured);

  const std::deque<Transition>& last() const { return last_; }  // the newest at the end
  std::uint64_t count(const std::string& instance, VrrpState to) const;

 private:
  std::deque<Transition> last_;
  std::map<std::pair<std::string, VrrpState>, std::uint64_t> counts_;
};

}  // namespace holdfast::monitor
