// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <variant>

#include "vrrp-worker/core/accept_filter.h"
#include "vrrp-worker/core/peer_filter.h"

namespace holdfast::vrrp {

// What stands in our table of the kernel's packet filter, in the order in which it is put there:
// who may send adverts comes before anybody is refused.
using FilterEntry = std::variant<Drop, AdvertSource, AdvertGuard>;
using FilterEntries = std::set<FilterEntry>;

std::string to_string(const FilterEntry& entry);
int link_of(const FilterEntry& entry);  // 0: on every interface

struct Filter {
  bool there = false;
  bool whole = false;  // with all it must have beside its entries; only then those count
  FilterEntries entries;
  bool operator==(const Filter&) const = default;
};

// Desired against actual: the smallest change of the table that does what it should.
struct FilterPlan {
  bool make = false;          // first, in place of whatever there is
  bool remove_table = false;  // and nothing else
  FilterEntries add;
  FilterEntries remove;
  bool operator==(const FilterPlan&) const = default;
};
// `wanted`: whether there is to be a table at all.
FilterPlan plan_filter(bool wanted, const FilterEntries& desired, const Filter& actual);

}  // namespace holdfast::vrrp
