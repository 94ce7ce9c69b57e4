// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Those routes of the kernel, whoever put them there, that somebody tracks. The kernel does not say
// in one word what becomes of a network of several routes: what may have changed is read anew.
class RouteWatch {
 public:
  void watch(const std::set<RoutePlace>& places) {
    stale_ = stale_ || !std::includes(places_.begin(), places_.end(), places.begin(), places.end());
    places_ = places;
    if (!stale_) set(std::vector<Route>{routes_});
  }
  const std::set<RoutePlace>& places() const { return places_; }
  bool stale() const { return stale_; }

  void touch(const Route& route) { stale_ = stale_ || places_.contains(place_of(route)); }
  void touch_all() { stale_ = stale_ || !places_.empty(); }
  // IPv4 routes go without a word when their interface goes down.
  void touch_over(int link) {
    stale_ = stale_ || std::any_of(routes_.begin(), routes_.end(), [&](const Route& route) {
               return std::any_of(route.hops.begin(), route.hops.end(),
                                  [&](const Hop& hop) { return hop.link == link; });
             });
  }

  // Of all that was read, what is watched.
  void set(const std::vector<Route>& all) {
    std::vector<Route> now;
    std::copy_if(all.begin(), all.end(), std::back_inserter(now),
                 [&](const Route& route) { return places_.contains(place_of(route)); });
    changed_ = changed_ || now != routes_;
    routes_ = std::move(now);
    stale_ = false;
  }
  std::optional<RoutesSeen> news() {
    if (!std::exchange(changed_, false)) return std::nullopt;
    return RoutesSeen{routes_};
  }

 private:
  std::set<RoutePlace> places_;
  std::vector<Route> routes_;
  bool changed_ = false;
  bool stale_ = false;
};

}  // namespace holdfast::vrrp
