// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/filter_table.h"

#include <algorithm>
#include <iterator>

#include "common/core/overloaded.h"

namespace holdfast::vrrp {

std::string to_string(const FilterEntry& entry) {
  return std::visit([](const auto& one) { return to_string(one); }, entry);
}

int link_of(const FilterEntry& entry) {
  return std::visit(Overloaded{
                        [](const Drop& drop) { return drop.link; },
                        [](const AdvertSource& source) { return source.of.link; },
                        [](const AdvertGuard& guard) { return guard.link; },
                    },
                    entry);
}

FilterPlan plan_filter(bool wanted, const FilterEntries& desired, const Filter& actual) {
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
  std::set_difference(desired.begin(), desired.end(), actual.entries.begin(), actual.entries.end(),
                      std::inserter(plan.add, plan.add.end()));
  std::set_difference(actual.entries.begin(), actual.entries.end(), desired.begin(), desired.end(),
                      std::inserter(plan.remove, plan.remove.end()));
  return plan;
}

}  // namespace holdfast::vrrp
