// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "vrrp-worker/core/route.h"
#include "vrrp-worker/core/vrrp_core.h"

struct nlmsghdr;

// The messages of rtnetlink(7) about routes and rules that a vrrp-worker sends and reads.
namespace holdfast::vrrp {

// The protocol (rtm_protocol, FRA_PROTOCOL) that our routes and rules carry in the kernel: the same
// number as that of our addresses, which no entry of iproute2's rt_protos has.
inline constexpr std::uint8_t kRouteMark = 0x48;

using RouteCommand = ChangeRoute;
using RuleCommand = ChangeRule;

// ---- To the kernel. Errors are answered unasked; done is only if `acknowledge`.

// Routes of others stay: an IPv4 route of ours comes before theirs of the same key, an IPv6 one is
// refused beside theirs. Only what carries our mark is removed.
void append_request(std::vector<std::uint8_t>& packet, const RouteCommand& command,
                    std::uint32_t sequence, bool acknowledge);
// A rule of ours stands beside the same one of others; only kernels that keep no mark refuse it.
void append_request(std::vector<std::uint8_t>& packet, const RuleCommand& command,
                    std::uint32_t sequence, bool acknowledge);

// Of one family; a kernel since 4.20 leaves out those without our mark (or, with kAnybody, none),
// and those of other tables than `table`, if one is given.
inline constexpr std::uint8_t kAnybody = 0;
std::vector<std::uint8_t> routes_request(Family family, std::optional<std::uint32_t> table,
                                         std::uint32_t sequence, std::uint8_t whose = kRouteMark);
std::vector<std::uint8_t> rules_request(Family family, std::uint32_t sequence);

// ---- From the kernel: what carries our mark, and routes that do not.

struct RouteIs {
  Route route;
};
struct RouteIsGone {  // or, of an IPv6 route of several hops, these hops of it
  Route route;
};
struct RuleIs {
  Rule rule;
};
struct RuleIsGone {
  Rule rule;
};
struct RouteOfOthers {  // which came or went
  Route route;
};
using RoutingContent = std::variant<RouteIs, RouteIsGone, RouteOfOthers, RuleIs, RuleIsGone>;

// Nothing: it is about something else, or of somebody else, or has what no configuration can ask
// for.
std::optional<RoutingContent> routing_in(const nlmsghdr* message);

}  // namespace holdfast::vrrp
