// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/history.h"

namespace holdfast::monitor {

void History::hear(const RouterState& before, const RouterState& now) {
  if (before.state == now.state) return;
  ++counts_[{now.router, now.state}];
  last_.push_back({now.router, before.state, now.state, now.priority, now.since, now.reason});
  if (last_.size() > kMost) last_.pop_front();
}

void History::count_only(const std::function<bool(const std::string& instance)>& configured) {
  std::erase_if(counts_, [&](const auto& one) { return !configured(one.first.first); });
}

std::uint64_t History::count(const std::string& instance, VrrpState to) const {
  const auto found = counts_.find({instance, to});
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace holdfast::monitor
