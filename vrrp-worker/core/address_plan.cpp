// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_plan.h"

namespace holdfast::vrrp {

AddressPlan plan_addresses(const std::set<IpPrefix>& desired, const std::set<IpAddress>& ours,
                           const std::vector<LinkAddress>& actual) {
  AddressPlan plan;
  std::set<IpPrefix> missing = desired;
  for (const LinkAddress& have : actual) {
    missing.erase(have.prefix);
    const bool removable = have.marked || ours.contains(have.prefix.address);
    if (removable && !desired.contains(have.prefix)) plan.remove.push_back(have.prefix);
  }
  plan.add.assign(missing.begin(), missing.end());
  return plan;
}

}  // namespace holdfast::vrrp
