// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "config/address_config.h"

// Routes and rules that we install: in the words of `ip route` and `ip rule`.
namespace holdfast {

inline constexpr std::uint32_t kMainTable = 254;
inline constexpr std::uint32_t kLocalTable = 255;
inline constexpr std::uint8_t kScopeGlobal = 0;
inline constexpr std::uint8_t kScopeLink = 253;
inline constexpr std::uint8_t kScopeHost = 254;

enum class RouteType : std::uint8_t {
  kUnicast,
  kLocal,  // of the host itself: none that can be asked for
  kBlackhole,
  kUnreachable,
  kProhibit,
  kThrow
};

struct RouteHop {
  std::optional<IpAddress> via;  // of the route's family; none: the destination is on the link
  std::string device;            // empty: the one that leads to `via`
  std::uint16_t weight = 1;      // 1..256, among several hops
  bool onlink = false;           // `via` is a neighbour though no address of ours says so
  auto operator<=>(const RouteHop&) const = default;
};

// What tells the routes of a kernel apart: no two of ours have the same.
struct RouteKey {
  std::uint32_t table = kMainTable;
  IpPrefix to;
  std::uint32_t metric = 0;
  auto operator<=>(const RouteKey&) const = default;
};

struct RouteConfig {
  RouteType type = RouteType::kUnicast;
  IpPrefix to;                      // no host bits; length 0: the default route
  std::vector<RouteHop> hops;       // of a unicast route: at least one. Else none
  std::optional<IpAddress> source;  // the address that the host itself uses towards `to`
  std::uint32_t table = kMainTable;
  std::optional<std::uint32_t> metric;  // none: the kernel's default, 0 or 1024 (IPv6)
  std::optional<std::uint8_t> scope;    // IPv4; none: link without a `via`, else global
  bool track = true;                    // put back when somebody takes it away

  auto operator<=>(const RouteConfig&) const = default;
  RouteKey key() const {
    constexpr std::uint32_t kIpv6Metric = 1024;  // the kernel takes 0 for it, too
    const std::uint32_t given = metric.value_or(0);
    return {table, to, given == 0 && !to.address.is_v4() ? kIpv6Metric : given};
  }
};

enum class RuleAction : std::uint8_t { kLookup, kBlackhole, kUnreachable, kProhibit };

struct Rule {
  Family family = Family::kIpv4;
  std::uint32_t priority = 0;  // lower ones are tried first
  std::optional<IpPrefix> from;
  std::optional<IpPrefix> to;
  std::string iif;  // empty: any
  std::string oif;
  std::uint32_t fwmark = 0;
  std::uint32_t fwmask = 0;  // 0: the mark does not matter
  RuleAction action = RuleAction::kLookup;
  std::uint32_t table = 0;  // of kLookup; else 0
  auto operator<=>(const Rule&) const = default;
};

struct RuleConfig {
  Rule rule;
  bool track = true;  // put back when somebody takes it away
  auto operator<=>(const RuleConfig&) const = default;
};

// What is there as long as the daemon runs. Its addresses name their devices.
struct StaticConfig {
  std::vector<VirtualAddress> addresses;
  std::vector<RouteConfig> routes;
  std::vector<RuleConfig> rules;
  bool operator==(const StaticConfig&) const = default;
};

}  // namespace holdfast
