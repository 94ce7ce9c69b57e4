// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// The routes and rules that carry our mark, as the kernel told of them.
class RoutingMirror {
 public:
  void set(const Route& route) {
    routes_.insert_or_assign(route.key, route);
    changed_ = true;
  }
  void set(const Rule& rule) {
    rules_.insert(rule);
    changed_ = true;
  }
  void remove(const Route& route) {
    const auto have = routes_.find(route.key);
    if (have == routes_.end()) return;
    changed_ = true;
    // Of an IPv6 route with several hops one can go by itself: what is left, the kernel knows.
    if (have->second.hops.size() > route.hops.size()) {
      stale_ = true;
    } else {
      routes_.erase(have);
    }
  }
  void remove(const Rule& rule) {
    rules_.erase(rule);
    changed_ = true;
  }
  void clear() {
    clear_routes();
    changed_ = changed_ || !rules_.empty();
    rules_.clear();
  }
  void clear_routes() {
    changed_ = changed_ || !routes_.empty();
    stale_ = false;
    routes_.clear();
  }

  // IPv4 routes go without a word when their interface goes down or their source address goes.
  void may_have_vanished() { stale_ = stale_ || !routes_.empty(); }
  bool stale() const { return stale_; }

  const Routes& routes() const { return routes_; }
  const Rules& rules() const { return rules_; }

  // Nothing: the core was told.
  std::optional<RoutingChanged> news() {
    if (!std::exchange(changed_, false)) return std::nullopt;
    RoutingChanged news;
    for (const auto& [key, route] : routes_) news.routes.push_back(route);
    news.rules.assign(rules_.begin(), rules_.end());
    return news;
  }

 private:
  Routes routes_;
  Rules rules_;
  bool changed_ = false;
  bool stale_ = false;
};

}  // namespace holdfast::vrrp
