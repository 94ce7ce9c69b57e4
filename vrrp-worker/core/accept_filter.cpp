// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/accept_filter.h"

#include <algorithm>
#include <iterator>

namespace holdfast::vrrp {

// IPv4 finds 169.254/16 by its routes, whatever the interface.
bool is_of_one_link(const IpAddress& address) {
  return !address.is_v4() && address.is_link_local();
}

Drop drop_at(int link, const IpAddress& address) {
  return {is_of_one_link(address) ? link : 0, address};
}

std::string to_string(const Drop& drop) {
  return drop.address.to_string() +
         (drop.link == 0 ? "" : " on interface " + std::to_string(drop.link));
}

FilterPlan plan_filter(bool wanted, const Drops& desired, const Filter& actual) {
  FilterPlan plan;
  if (!wanted) {
    plan.remove_table = actual.there;
    return plan;
  }
  if (!actual.there || !actual.whole) {
    plan.make = true;
    plan.add = desired;
    return plan;
  }
  std::set_difference(desired.begin(), desired.end(), actual.drops.begin(), actual.drops.end(),
                      std::inserter(plan.add, plan.add.end()));
  std::set_difference(actual.drops.begin(), actual.drops.end(), desired.begin(), desired.end(),
                      std::inserter(plan.remove, plan.remove.end()));
  return plan;
}

}  // namespace holdfast::vrrp
