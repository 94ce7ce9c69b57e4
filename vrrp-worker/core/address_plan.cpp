// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_plan.h"

namespace holdfast::vrrp {

AddressPlan plan_addresses(const AddressSet& desired, const std::set<IpAddress>& ours,
                           const std::vector<LinkAddress>& actual) {
  AddressPlan plan;
  AddressSet missing = desired;
  for (const LinkAddress& have : actual) {
    const auto wanted = desired.find(have.prefix);
    if (wanted == desired.end()) {
      const bool removable = have.marked || ours.contains(have.prefix.address);
      if (removable) plan.remove.push_back(have.prefix);
      continue;
    }
    if (have.is_unlike(*wanted)) plan.replace.push_back(*wanted);
    missing.erase(*wanted);
  }
  plan.add.assign(missing.begin(), missing.end());
  return plan;
}

}  // namespace holdfast::vrrp
