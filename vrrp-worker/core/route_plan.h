// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "vrrp-worker/core/route.h"

namespace holdfast::vrrp {

// Desired against actual, for the routes and rules that carry our mark: those of others are never
// looked at.
using Routes = std::map<RouteKey, Route>;
using Rules = std::set<Rule>;
// Nothing: wanted, but it cannot be installed now. What there is of it stays.
using DesiredRoutes = std::map<RouteKey, std::optional<Route>>;

struct RoutePlan {
  std::vector<Route> remove;  // to be done first: the kernel has no two IPv6 routes of one key
  std::vector<Route> add;
};
RoutePlan plan_routes(const DesiredRoutes& desired, const Routes& actual);

struct RulePlan {
  std::vector<Rule> remove;  // before the routes that it looks up
  std::vector<Rule> add;     // after them
};
RulePlan plan_rules(const Rules& desired, const Rules& actual);

}  // namespace holdfast::vrrp
