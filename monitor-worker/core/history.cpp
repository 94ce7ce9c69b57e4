// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/history.h"

namespace holdfast::monitor {
namespace {

template <typename Map>
std::uint64_t count_in(const Map& counts, const typename Map::key_type& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

bool History::hear(const Happened& event) {
  if (!last_.empty() && event.id <= last_.back().id) return false;
  last_.push_back(event);
  if (last_.size() > kMost) last_.pop_front();
  return true;
}

void History::hear(const RouterState& before, const RouterState& now) {
  if (before.state == now.state) return;
  ++counts_[{now.router, now.state}];
  ++causes_[{now.router, now.cause}];
  if (now.state == VrrpState::kActive && now.unheld) {
    unheld_[now.router].add(Duration{*now.unheld});
  }
}

void History::count_only(const std::function<bool(const std::string& instance)>& configured) {
  std::erase_if(counts_, [&](const auto& one) { return !configured(one.first.first); });
  std::erase_if(causes_, [&](const auto& one) { return !configured(one.first.first); });
  std::erase_if(unheld_, [&](const auto& one) { return !configured(one.first); });
}

std::uint64_t History::count(const std::string& instance, VrrpState to) const {
  return count_in(counts_, {instance, to});
}

std::uint64_t History::count(const std::string& instance, Cause cause) const {
  return count_in(causes_, {instance, cause});
}

const DurationHistogram* History::unheld(const std::string& instance) const {
  const auto found = unheld_.find(instance);
  return found == unheld_.end() ? nullptr : &found->second;
}

}  // namespace holdfast::monitor
