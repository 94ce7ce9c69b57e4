// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "common/core/ip.h"
#include "config/config.h"
#include "vrrp-worker/core/link.h"

namespace holdfast::vrrp {

// An address is on a link once, whatever its traits.
struct ByPrefix {
  using is_transparent = void;
  bool operator()(const IpPrefix& a, const IpPrefix& b) const { return a < b; }
};
using AddressSet = std::set<VirtualAddress, ByPrefix>;

// Desired against actual: the smallest list of changes that makes a link hold what it should.
struct AddressPlan {
  std::vector<VirtualAddress> replace;  // to be removed and added: the kernel changes no traits
  std::vector<VirtualAddress> add;      // before any is removed, so that no address is ever missing
  std::vector<IpPrefix> remove;
};

// `ours`: addresses that may be removed though they carry no mark of ours (kernels before 5.18
// keep none). Everything else on the link belongs to somebody else and is left alone. What is there
// without our mark is as desired, whatever its traits.
AddressPlan plan_addresses(const AddressSet& desired, const std::set<IpAddress>& ours,
                           const std::vector<LinkAddress>& actual);

}  // namespace holdfast::vrrp
