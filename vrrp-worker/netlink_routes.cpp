// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_routes.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "common/core/result.h"
#include "common/netlink_bytes.h"

namespace holdfast::vrrp {
namespace {

// ---- Writing

std::uint8_t family_of(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

std::uint8_t kernel_type(RouteType type) {
  switch (type) {
    case RouteType::kUnicast:
      return RTN_UNICAST;
    case RouteType::kLocal:
      return RTN_LOCAL;
    case RouteType::kBlackhole:
      return RTN_BLACKHOLE;
    case RouteType::kUnreachable:
      return RTN_UNREACHABLE;
    case RouteType::kProhibit:
      return RTN_PROHIBIT;
    case RouteType::kThrow:
      return RTN_THROW;
  }
  return RTN_UNSPEC;
}

std::uint8_t kernel_action(RuleAction action) {
  switch (action) {
    case RuleAction::kLookup:
      return FR_ACT_TO_TBL;
    case RuleAction::kBlackhole:
      return FR_ACT_BLACKHOLE;
    case RuleAction::kUnreachable:
      return FR_ACT_UNREACHABLE;
    case RuleAction::kProhibit:
      return FR_ACT_PROHIBIT;
  }
  return FR_ACT_UNSPEC;
}

void put_hops(RequestWriter& request, const std::vector<Hop>& hops) {
  if (hops.size() == 1) {
    const Hop& hop = hops.front();
    request.put(RTA_GATEWAY, hop.via);
    if (hop.link != 0) request.put_value(RTA_OIF, hop.link);
    return;
  }
  if (hops.empty()) return;
  const std::size_t all = request.open(RTA_MULTIPATH);
  for (const Hop& hop : hops) {
    rtnexthop head{};
    head.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
    head.rtnh_hops = static_cast<std::uint8_t>(hop.weight - 1);
    head.rtnh_ifindex = hop.link;
    const std::size_t one = request.open_hop(head);
    request.put(RTA_GATEWAY, hop.via);
    request.close_hop(one);
  }
  request.close_attribute(all);
}

// ---- Reading

std::optional<IpAddress> ip_in(std::uint8_t family, std::span<const std::uint8_t> bytes) {
  const std::optional<IpAddress> address = address_in(bytes);
  return address && family == (address->is_v4() ? AF_INET : AF_INET6) ? address : std::nullopt;
}

// Absent: all of them.
IpPrefix network_in(std::uint8_t family, std::span<const std::uint8_t> bytes, std::uint8_t length) {
  const IpAddress all = family == AF_INET ? IpAddress{} : IpAddress::v6({});
  return {ip_in(family, bytes).value_or(all), length};
}

std::optional<RouteType> route_type(std::uint8_t type) {
  for (const RouteType known : {RouteType::kUnicast, RouteType::kLocal, RouteType::kBlackhole,
                                RouteType::kUnreachable, RouteType::kProhibit, RouteType::kThrow}) {
    if (kernel_type(known) == type) return known;
  }
  return std::nullopt;
}

std::optional<RuleAction> rule_action(std::uint8_t action) {
  for (const RuleAction known : {RuleAction::kLookup, RuleAction::kBlackhole,
                                 RuleAction::kUnreachable, RuleAction::kProhibit}) {
    if (kernel_action(known) == action) return known;
  }
  return std::nullopt;
}

std::vector<Hop> hops_in(std::uint8_t family, std::span<const std::uint8_t> multipath) {
  std::vector<Hop> hops;
  const auto* one = reinterpret_cast<const rtnexthop*>(multipath.data());
  std::size_t rest = multipath.size();
  while (rest >= sizeof *one && one->rtnh_len >= sizeof *one && one->rtnh_len <= rest) {
    const AttributeTable<RTA_MAX> attributes(RTNH_DATA(one), one->rtnh_len - sizeof *one);
    hops.push_back({ip_in(family, attributes[RTA_GATEWAY]), one->rtnh_ifindex,
                    static_cast<std::uint16_t>(one->rtnh_hops + 1),
                    (one->rtnh_flags & RTNH_F_ONLINK) != 0});
    const std::size_t step = std::min<std::size_t>(rest, RTNH_ALIGN(one->rtnh_len));
    rest -= step;
    one = reinterpret_cast<const rtnexthop*>(reinterpret_cast<const std::uint8_t*>(one) + step);
  }
  return hops;
}

std::optional<Route> route_in(const nlmsghdr* message) {
  const auto* header = header_in<rtmsg>(message);
  if (header == nullptr) return std::nullopt;
  if (header->rtm_family != AF_INET && header->rtm_family != AF_INET6) return std::nullopt;
  const auto type = route_type(header->rtm_type);
  if (!type || (header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  const auto attributes = attributes_in<RTA_MAX>(message, header);
  Route route;
  route.type = *type;
  route.key = {attributes.number(RTA_TABLE, header->rtm_table),
               network_in(header->rtm_family, attributes[RTA_DST], header->rtm_dst_len),
               attributes.number(RTA_PRIORITY, 0)};
  route.source = ip_in(header->rtm_family, attributes[RTA_PREFSRC]);
  route.scope = header->rtm_scope;
  // IPv6 puts those that lead nowhere on the loopback.
  if (route.type != RouteType::kUnicast && route.type != RouteType::kLocal) return route;
  if (attributes.has(RTA_MULTIPATH)) {
    route.hops = hops_in(header->rtm_family, attributes[RTA_MULTIPATH]);
  } else {
    route.hops = {{ip_in(header->rtm_family, attributes[RTA_GATEWAY]),
                   static_cast<int>(attributes.number(RTA_OIF, 0)), 1,
                   (header->rtm_flags & RTNH_F_ONLINK) != 0}};
  }
  return route;
}

std::optional<Rule> rule_in(const nlmsghdr* message) {
  const auto* header = header_in<fib_rule_hdr>(message);
  if (header == nullptr || (header->family != AF_INET && header->family != AF_INET6)) return {};
  const auto action = rule_action(header->action);
  const auto attributes = attributes_in<FRA_MAX>(message, header);
  const auto mark = attributes[FRA_PROTOCOL];
  if (!action || mark.size() != 1 || mark.front() != kRouteMark) return {};
  Rule rule;
  rule.family = header->family == AF_INET ? Family::kIpv4 : Family::kIpv6;
  rule.priority = attributes.number(FRA_PRIORITY, 0);
  if (header->src_len != 0) {
    rule.from = network_in(header->family, attributes[FRA_SRC], header->src_len);
  }
  if (header->dst_len != 0) {
    rule.to = network_in(header->family, attributes[FRA_DST], header->dst_len);
  }
  rule.iif = attributes.text(FRA_IIFNAME);
  rule.oif = attributes.text(FRA_OIFNAME);
  rule.fwmark = attributes.number(FRA_FWMARK, 0);
  rule.fwmask = attributes.number(FRA_FWMASK, rule.fwmark == 0 ? 0 : 0xffffffff);
  rule.action = *action;
  if (rule.action == RuleAction::kLookup) {
    rule.table = attributes.number(FRA_TABLE, header->table);
  }
  return rule;
}

}  // namespace

void append_request(std::vector<std::uint8_t>& packet, const RouteCommand& command,
                    std::uint32_t sequence, bool acknowledge) {
  const Route& route = command.route;
  const bool add = command.change == Change::kAdd;
  const bool ipv4 = route.key.to.address.is_v4();
  rtmsg header{};
  header.rtm_family = family_of(route.key.to.address.family());
  header.rtm_dst_len = route.key.to.length;
  header.rtm_table = route.key.table < 256 ? static_cast<std::uint8_t>(route.key.table)
                                           : std::uint8_t{RT_TABLE_COMPAT};
  header.rtm_protocol = kRouteMark;
  header.rtm_scope = add ? route.scope : std::uint8_t{RT_SCOPE_NOWHERE};
  header.rtm_type = kernel_type(route.type);
  if (add && route.hops.size() == 1 && route.hops.front().onlink) header.rtm_flags = RTNH_F_ONLINK;
  const int create = NLM_F_CREATE | (ipv4 ? 0 : NLM_F_EXCL);
  RequestWriter request(packet, add ? RTM_NEWROUTE : RTM_DELROUTE,
                        (acknowledge ? NLM_F_ACK : 0) | (add ? create : 0), sequence, header);
  request.put(RTA_DST, route.key.to.address.bytes());
  request.put_value(RTA_TABLE, route.key.table);
  if (route.key.metric != 0) request.put_value(RTA_PRIORITY, route.key.metric);
  if (!add) return;
  request.put(RTA_PREFSRC, route.source);
  put_hops(request, route.hops);
}

void append_request(std::vector<std::uint8_t>& packet, const RuleCommand& command,
                    std::uint32_t sequence, bool acknowledge) {
  const Rule& rule = command.rule;
  const bool add = command.change == Change::kAdd;
  fib_rule_hdr header{};
  header.family = family_of(rule.family);
  header.src_len = rule.from ? rule.from->length : std::uint8_t{0};
  header.dst_len = rule.to ? rule.to->length : std::uint8_t{0};
  header.action = kernel_action(rule.action);
  header.table =
      rule.table < 256 ? static_cast<std::uint8_t>(rule.table) : std::uint8_t{RT_TABLE_UNSPEC};
  RequestWriter request(packet, add ? RTM_NEWRULE : RTM_DELRULE,
                        (acknowledge ? NLM_F_ACK : 0) | (add ? NLM_F_CREATE | NLM_F_EXCL : 0),
                        sequence, header);
  request.put_value(FRA_PRIORITY, rule.priority);
  if (rule.from) request.put(FRA_SRC, rule.from->address.bytes());
  if (rule.to) request.put(FRA_DST, rule.to->address.bytes());
  if (!rule.iif.empty()) request.put_text(FRA_IIFNAME, rule.iif);
  if (!rule.oif.empty()) request.put_text(FRA_OIFNAME, rule.oif);
  if (rule.fwmask != 0) {
    request.put_value(FRA_FWMARK, rule.fwmark);
    request.put_value(FRA_FWMASK, rule.fwmask);
  }
  if (rule.action == RuleAction::kLookup) request.put_value(FRA_TABLE, rule.table);
  request.put_value(FRA_PROTOCOL, kRouteMark);
}

std::vector<std::uint8_t> routes_request(Family family, std::optional<std::uint32_t> table,
                                         std::uint32_t sequence, std::uint8_t whose) {
  rtmsg header{};
  header.rtm_family = family_of(family);
  header.rtm_protocol = whose;
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETROUTE, NLM_F_DUMP, sequence, header);
  if (table) request.put_value(RTA_TABLE, *table);
  return packet;
}

std::vector<std::uint8_t> rules_request(Family family, std::uint32_t sequence) {
  fib_rule_hdr header{};
  header.family = family_of(family);
  std::vector<std::uint8_t> packet;
  const RequestWriter request(packet, RTM_GETRULE, NLM_F_DUMP, sequence, header);
  return packet;
}

std::optional<RoutingContent> routing_in(const nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (auto route = route_in(message)) {
        if (header_in<rtmsg>(message)->rtm_protocol != kRouteMark) {
          return RouteOfOthers{std::move(*route)};
        }
        if (message->nlmsg_type == RTM_NEWROUTE) return RouteIs{std::move(*route)};
        return RouteIsGone{std::move(*route)};
      }
      break;
    case RTM_NEWRULE:
      if (auto rule = rule_in(message)) return RuleIs{std::move(*rule)};
      break;
    case RTM_DELRULE:
      if (auto rule = rule_in(message)) return RuleIsGone{std::move(*rule)};
      break;
  }
  return std::nullopt;
}

}  // namespace holdfast::vrrp
