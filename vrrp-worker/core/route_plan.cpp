// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/route_plan.h"

#include <algorithm>
#include <iterator>

namespace holdfast::vrrp {

RoutePlan plan_routes(const DesiredRoutes& desired, const Routes& actual) {
  RoutePlan plan;
  for (const auto& [key, have] : actual) {
    const auto wanted = desired.find(key);
    const bool wrong = wanted == desired.end() ||
                       (wanted->second.has_value() && !satisfies(have, *wanted->second));
    if (wrong) plan.remove.push_back(have);
  }
  for (const auto& [key, wanted] : desired) {
    if (!wanted) continue;
    const auto have = actual.find(key);
    if (have == actual.end() || !satisfies(have->second, *wanted)) plan.add.push_back(*wanted);
  }
  return plan;
}

RulePlan plan_rules(const Rules& desired, const Rules& actual) {
  RulePlan plan;
  std::set_difference(desired.begin(), desired.end(), actual.begin(), actual.end(),
                      std::back_inserter(plan.add));
  std::set_difference(actual.begin(), actual.end(), desired.begin(), desired.end(),
                      std::back_inserter(plan.remove));
  return plan;
}

}  // namespace holdfast::vrrp
