// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/core/overloaded.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's routes and rules: those that instances hold beside their addresses, and what is
// static. On the way in they come after the addresses, which they may need; on the way out they go
// first.
namespace holdfast::vrrp {
namespace {

template <typename Key>
Repairs::Thing thing_of(const Key& key) {
  return {"", to_string(key)};
}

}  // namespace

void VrrpCore::hold_routing(const Instance& instance) {
  for (const RouteConfig& config : instance.config.virtual_routes) {
    const std::optional<Route> wanted = resolve(config, links_);
    const auto have = routes_.find(config.key());
    if (!wanted || (have != routes_.end() && satisfies(have->second, *wanted))) continue;
    if (have != routes_.end()) change(Change::kRemove, Route{have->second});
    change(Change::kAdd, *wanted);
  }
  for (const RuleConfig& config : instance.config.virtual_rules) {
    if (!rules_.contains(config.rule)) change(Change::kAdd, config.rule);
  }
}

void VrrpCore::let_go_routing(const Instance& instance) {
  for (const RuleConfig& config : instance.config.virtual_rules) {
    lost_.erase(thing_of(config.rule));
    if (!rules_.contains(config.rule) || wanted_by_another(&instance, config.rule)) continue;
    change(Change::kRemove, config.rule);
  }
  for (const RouteConfig& config : instance.config.virtual_routes) {
    lost_.erase(thing_of(config.key()));
    const auto have = routes_.find(config.key());
    if (have == routes_.end() || wanted_by_another(&instance, config.key())) continue;
    change(Change::kRemove, Route{have->second});
  }
}

// What is wanted now, of all instances and of what is static.
VrrpCore::RoutingDemand VrrpCore::routing_demand() const {
  RoutingDemand demand;
  const auto add = [&](const std::vector<RouteConfig>& routes, const std::vector<RuleConfig>& rules,
                       bool active) {
    // Who is about to let go keeps what is there.
    for (const RouteConfig& route : routes) {
      if (!active && !routes_.contains(route.key())) continue;
      demand.routes.try_emplace(route.key(), resolve(route, links_));
      if (!route.track) demand.untracked.insert(thing_of(route.key()));
    }
    for (const RuleConfig& rule : rules) {
      if (!active && !rules_.contains(rule.rule)) continue;
      demand.rules.insert(rule.rule);
      if (!rule.track) demand.untracked.insert(thing_of(rule.rule));
    }
  };
  const auto add_held = [&](const Instance& instance) {
    if (!instance.router.holds_addresses()) return;
    add(instance.config.virtual_routes, instance.config.virtual_rules,
        instance.router.state() == VrrpState::kActive);
  };
  for (const auto& [name, instance] : instances_) add_held(instance);
  for (const Instance& instance : leaving_) add_held(instance);
  if (holds_fixed_) add(fixed_.routes, fixed_.rules, true);
  return demand;
}

// Those that hold it. Two of them may want the same.
template <typename Key>
std::vector<Instance*> VrrpCore::holders_of(const Key& key) {
  std::vector<Instance*> holders;
  const auto wants = [&key](const InstanceConfig& config) {
    if constexpr (std::is_same_v<Key, Rule>) {
      return std::any_of(config.virtual_rules.begin(), config.virtual_rules.end(),
                         [&](const RuleConfig& rule) { return rule.rule == key; });
    } else {
      return std::any_of(config.virtual_routes.begin(), config.virtual_routes.end(),
                         [&](const RouteConfig& route) { return route.key() == key; });
    }
  };
  const auto consider = [&](Instance& instance) {
    if (instance.router.holds_addresses() && wants(instance.config)) holders.push_back(&instance);
  };
  for (Instance* instance : with_routing_) consider(*instance);
  for (Instance& instance : leaving_) consider(instance);
  return holders;
}

template <typename Key>
bool VrrpCore::wanted_by_another(const Instance* instance, const Key& key) {
  const auto holders = holders_of(key);
  if (std::any_of(holders.begin(), holders.end(),
                  [&](const Instance* holder) { return holder != instance; })) {
    return true;
  }
  if (!holds_fixed_) return false;
  if constexpr (std::is_same_v<Key, Rule>) {
    return std::any_of(fixed_.rules.begin(), fixed_.rules.end(),
                       [&](const RuleConfig& rule) { return rule.rule == key; });
  } else {
    return std::any_of(fixed_.routes.begin(), fixed_.routes.end(),
                       [&](const RouteConfig& route) { return route.key() == key; });
  }
}

void VrrpCore::reconcile_routing() {
  if (with_routing_.empty() && fixed_.routes.empty() && fixed_.rules.empty() && routes_.empty() &&
      rules_.empty()) {
    return;
  }
  const RoutingDemand demand = routing_demand();
  carry_out(plan_routes(demand.routes, routes_), plan_rules(demand.rules, rules_));
}

// The same, but what is missing is put back at a measured pace, and only if it is tracked.
void VrrpCore::repair_routing() {
  if (with_routing_.empty() && fixed_.routes.empty() && fixed_.rules.empty()) return;
  const RoutingDemand demand = routing_demand();
  RoutePlan routes = plan_routes(demand.routes, routes_);
  RulePlan rules = plan_rules(demand.rules, rules_);
  std::vector<Repairs::Thing> put_back;
  const auto hold_back = [&](const Repairs::Thing& thing) {
    if (demand.untracked.contains(thing) || !repairs_.grant(thing, now_)) return true;
    if (lost_.erase(thing) != 0 && repairs_.worth_a_line(thing)) put_back.push_back(thing);
    return false;
  };
  std::set<RouteKey> held_back;
  std::erase_if(routes.add, [&](const Route& route) {
    const bool waits = hold_back(thing_of(route.key));
    if (waits) held_back.insert(route.key);
    return waits;
  });
  std::erase_if(routes.remove, [&](const Route& route) { return held_back.contains(route.key); });
  std::erase_if(rules.add, [&](const Rule& rule) { return hold_back(thing_of(rule)); });
  log_losses(put_back);
  carry_out(routes, rules);
}

void VrrpCore::carry_out(const RoutePlan& routes, const RulePlan& rules) {
  for (const Rule& rule : rules.remove) change(Change::kRemove, rule);
  for (const Route& route : routes.remove) change(Change::kRemove, route);
  for (const Route& route : routes.add) change(Change::kAdd, route);
  for (const Rule& rule : rules.add) change(Change::kAdd, rule);
}

void VrrpCore::change(Change change, const Route& route) {
  actions_.emplace_back(ChangeRoute{change, route});
  if (change == Change::kAdd) {
    routes_.insert_or_assign(route.key, route);
  } else {
    routes_.erase(route.key);
  }
}

void VrrpCore::change(Change change, const Rule& rule) {
  actions_.emplace_back(ChangeRule{change, rule});
  if (change == Change::kAdd) {
    rules_.insert(rule);
  } else {
    rules_.erase(rule);
  }
}

// Told by the kernel: all that carries our mark.
void VrrpCore::routing_changed(const RoutingChanged& event) {
  const Routes routes_before = std::exchange(routes_, {});
  const Rules rules_before = std::exchange(rules_, {});
  for (const Route& route : event.routes) routes_.insert_or_assign(route.key, route);
  rules_.insert(event.rules.begin(), event.rules.end());
  if (!begun_) return;
  const RoutingDemand demand = routing_demand();
  for (const auto& [key, wanted] : demand.routes) {
    // With the interface a route vanishes by itself.
    if (wanted && routes_before.contains(key) && !routes_.contains(key)) lost(key, demand);
  }
  for (const Rule& rule : demand.rules) {
    if (rules_before.contains(rule) && !rules_.contains(rule)) lost(rule, demand);
  }
  repair_routing();
}

template <typename Key>
void VrrpCore::lost(const Key& key, const RoutingDemand& demand) {
  const Repairs::Thing thing = thing_of(key);
  if (demand.untracked.contains(thing)) return;
  bool put_back = true;
  for (Instance* instance : holders_of(key)) {
    if (instance->config.strict != Strictness::kFault || instance->leaving) continue;
    put_back = false;
    cannot_hold(*instance, thing.name + " was removed by somebody else");
  }
  if (put_back) lost_.insert(thing);
}

void VrrpCore::route_refused(const RouteRefused& event) {
  routes_.erase(event.route.key);
  refused(event.route.key, event.error);
}

void VrrpCore::rule_refused(const RuleRefused& event) {
  rules_.erase(event.rule);
  refused(event.rule, event.error);
}

// An instance does without it, unless it is strict: what the addresses are for may work all the
// same.
template <typename Key>
void VrrpCore::refused(const Key& key, const std::string& error) {
  const Repairs::Thing thing = thing_of(key);
  const std::string trouble = "the kernel refused " + thing.name + ": " + error;
  bool try_again = true;
  for (Instance* instance : holders_of(key)) {
    if (instance->config.strict != Strictness::kFault || instance->leaving) continue;
    try_again = false;
    cannot_hold(*instance, trouble);
  }
  if (!try_again) return;
  repairs_.failed(thing, now_);
  if (!repairs_.worth_a_line(thing)) return;
  const std::uint64_t count = repairs_.count(thing);
  log(LogLevel::kError,
      trouble + (count == 1 ? "" : " (" + std::to_string(count) + " times so far)"));
}

// ---- What is static

// Before anything else looks at the addresses: a static one may be what adverts come from.
void VrrpCore::hold_fixed_addresses() {
  holds_fixed_ = true;
  for (const VirtualAddress& address : fixed_.addresses) {
    Link* link = links_.named(address.device);
    if (link != nullptr && link->find(address) == nullptr) add(*link, address);
    candidates_.erase(address.device);
  }
}

void VrrpCore::fixed_changed(const StaticConfig& before) {
  std::set<std::string> devices;
  for (const VirtualAddress& address : before.addresses) devices.insert(address.device);
  for (const VirtualAddress& address : fixed_.addresses) devices.insert(address.device);
  for (const std::string& device : devices) reconcile(device);
}

// The last thing that is done.
void VrrpCore::let_go_fixed() {
  if (!std::exchange(holds_fixed_, false)) return;
  reconcile_routing();
  fixed_changed(fixed_);
}

bool VrrpCore::is_fixed(const std::string& device, const IpAddress& address) const {
  return holds_fixed_ && std::any_of(fixed_.addresses.begin(), fixed_.addresses.end(),
                                     [&](const VirtualAddress& fixed) {
                                       return fixed.device == device && fixed.address == address;
                                     });
}

}  // namespace holdfast::vrrp
