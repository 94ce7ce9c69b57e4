// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "common/core/ip.h"
#include "vrrp-worker/core/link.h"

namespace holdfast::vrrp {

// Desired against actual: the smallest list of changes that makes a link hold what it should.
struct AddressPlan {
  std::vector<IpPrefix> add;  // to be done first, so that no address is ever missing
  std::vector<IpPrefix> remove;
};

// `ours`: addresses that may be removed though they carry no mark of ours (kernels before 5.18
// keep none). Everything else on the link belongs to somebody else and is left alone.
AddressPlan plan_addresses(const std::set<IpPrefix>& desired, const std::set<IpAddress>& ours,
                           const std::vector<LinkAddress>& actual);

}  // namespace holdfast::vrrp
