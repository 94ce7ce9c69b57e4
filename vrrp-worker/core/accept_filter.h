// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <set>
#include <string>

#include "common/core/ip.h"

namespace holdfast::vrrp {

// An address that is held but accepts nothing, except what finds neighbours (RFC 9568 §6.1,
// Accept_Mode).
struct Drop {
  int link = 0;  // where an IPv6 link-local address is; 0: any other, on every interface
  IpAddress address;
  auto operator<=>(const Drop&) const = default;
};
using Drops = std::set<Drop>;

Drop drop_at(int link, const IpAddress& address);
bool is_of_one_link(const IpAddress& address);  // and may mean another host on another link
std::string to_string(const Drop& drop);

// Our table of the kernel's packet filter.
struct Filter {
  bool there = false;
  bool whole = false;  // with all it must have beside its drops; only then those count
  Drops drops;
  bool operator==(const Filter&) const = default;
};

// Desired against actual: the smallest change of the table that drops what it should.
struct FilterPlan {
  bool make = false;          // first, in place of whatever there is
  bool remove_table = false;  // and nothing else
  Drops add;
  Drops remove;
  bool operator==(const FilterPlan&) const = default;
};
// `wanted`: whether there is to be a table at all.
FilterPlan plan_filter(bool wanted, const Drops& desired, const Filter& actual);

}  // namespace holdfast::vrrp
