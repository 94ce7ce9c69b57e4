// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/route.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace holdfast::vrrp {
namespace {

std::uint8_t scope_of(const RouteConfig& config) {
  if (config.scope) return *config.scope;
  const bool via = std::any_of(config.hops.begin(), config.hops.end(),
                               [](const RouteHop& hop) { return hop.via.has_value(); });
  const bool on_link = config.to.address.is_v4() && config.hops.size() == 1 && !via;
  return on_link ? kScopeLink : kScopeGlobal;
}

std::string hexadecimal(std::uint32_t value) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
  return "0x" + std::string(digits.begin(), end);
}

std::string_view action_name(RuleAction action) {
  switch (action) {
    case RuleAction::kLookup:
      return "lookup";
    case RuleAction::kBlackhole:
      return "blackhole";
    case RuleAction::kUnreachable:
      return "unreachable";
    case RuleAction::kProhibit:
      return "prohibit";
  }
  return "";
}

}  // namespace

std::optional<Route> resolve(const RouteConfig& config, const LinkTable& links) {
  Route route;
  route.key = config.key();
  route.type = config.type;
  route.source = config.source;
  route.scope = scope_of(config);
  for (const RouteHop& hop : config.hops) {
    Hop resolved{hop.via, 0, hop.weight, hop.onlink};
    if (!hop.device.empty()) {
      const Link* link = links.named(hop.device);
      if (link == nullptr || !link->up) continue;
      resolved.link = link->index;
    }
    route.hops.push_back(resolved);
  }
  if (route.hops.empty() && !config.hops.empty()) return std::nullopt;
  if (route.hops.size() == 1) route.hops.front().weight = 1;
  return route;
}

bool satisfies(const Route& have, const Route& wanted) {
  if (have.key != wanted.key || have.type != wanted.type || have.source != wanted.source ||
      have.scope != wanted.scope || have.hops.size() != wanted.hops.size()) {
    return false;
  }
  // Those that name their interface choose first.
  std::vector<Hop> asked = wanted.hops;
  std::sort(asked.begin(), asked.end(),
            [](const Hop& one, const Hop& other) { return one.link > other.link; });
  std::vector<Hop> rest = have.hops;
  return std::all_of(asked.begin(), asked.end(), [&rest](const Hop& ask) {
    const auto found = std::find_if(rest.begin(), rest.end(), [&ask](const Hop& hop) {
      return hop.via == ask.via && (ask.link == 0 || hop.link == ask.link) &&
             hop.weight == ask.weight && hop.onlink == ask.onlink;
    });
    if (found == rest.end()) return false;
    rest.erase(found);
    return true;
  });
}

std::string to_string(const RouteKey& key) {
  std::string text = "route " + key.to.to_string();
  if (key.table != kMainTable) text += " table " + std::to_string(key.table);
  const std::uint32_t usual = key.to.address.is_v4() ? 0 : 1024;
  if (key.metric != usual) text += " metric " + std::to_string(key.metric);
  return text;
}

std::string to_string(const Rule& rule) {
  std::string text = "rule " + std::to_string(rule.priority) + ": from " +
                     (rule.from ? rule.from->to_string() : "all");
  if (rule.to) text += " to " + rule.to->to_string();
  if (!rule.iif.empty()) text += " iif " + rule.iif;
  if (!rule.oif.empty()) text += " oif " + rule.oif;
  if (rule.fwmask != 0) {
    text += " fwmark " + hexadecimal(rule.fwmark);
    if (rule.fwmask != 0xffffffff) text += "/" + hexadecimal(rule.fwmask);
  }
  text += " " + std::string(action_name(rule.action));
  if (rule.action == RuleAction::kLookup) text += " " + std::to_string(rule.table);
  return text;
}

}  // namespace holdfast::vrrp
