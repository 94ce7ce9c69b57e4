// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "config/config.h"
#include "vrrp-worker/core/link_table.h"

namespace holdfast::vrrp {

// A route as the kernel has it, or shall have it: with interfaces instead of their names.
struct Hop {
  std::optional<IpAddress> via;
  int link = 0;  // 0, of a route that is wanted: whichever leads to `via`
  std::uint16_t weight = 1;
  bool onlink = false;
  auto operator<=>(const Hop&) const = default;
};

struct Route {
  RouteKey key;
  RouteType type = RouteType::kUnicast;
  std::vector<Hop> hops;
  std::optional<IpAddress> source;
  std::uint8_t scope = kScopeGlobal;
  bool operator==(const Route&) const = default;
};

// What can be installed now: hops over interfaces that are missing or down are left out. Nothing:
// there is no other hop.
std::optional<Route> resolve(const RouteConfig& config, const LinkTable& links);

// Whether the kernel's route is what is wanted, whatever the order of its hops.
bool satisfies(const Route& have, const Route& wanted);

// "route 198.51.100.0/24 table 100 metric 7", "rule 100: from 192.0.2.0/24 lookup 100": in logs.
// A network in a table: what is tracked of routes, whoever put them there.
struct RoutePlace {
  std::uint32_t table = kMainTable;
  IpPrefix to;
  auto operator<=>(const RoutePlace&) const = default;
};
inline RoutePlace place_of(const Route& route) {
  return {route.key.table, route.key.to};
}

std::string to_string(const RouteKey& key);
std::string to_string(const Rule& rule);

}  // namespace holdfast::vrrp
