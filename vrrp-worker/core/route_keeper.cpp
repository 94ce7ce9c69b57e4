// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/route_keeper.h"

#include <algorithm>

namespace holdfast::vrrp {
namespace {

template <typename Key>
Repairs::Thing thing_of(const Key& key) {
  return {"", to_string(key)};
}

bool names(const std::vector<RouteConfig>& routes, const RouteKey& key) {
  return std::any_of(routes.begin(), routes.end(),
                     [&](const RouteConfig& route) { return route.key() == key; });
}

bool names(const std::vector<RuleConfig>& rules, const Rule& key) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const RuleConfig& rule) { return rule.rule == key; });
}

std::vector<Instance*> holders_among(const std::vector<Instance*>& users, const auto& wants) {
  std::vector<Instance*> holders;
  std::copy_if(users.begin(), users.end(), std::back_inserter(holders), [&](const Instance* user) {
    return user->router.holds_addresses() && wants(user->config);
  });
  return holders;
}

// Of those that hold it, who does not go on without.
std::vector<Instance*> strict_among(std::vector<Instance*> holders) {
  std::erase_if(holders, [](const Instance* holder) {
    return holder->config.strict != Strictness::kFault || holder->leaving;
  });
  return holders;
}

}  // namespace

// ---- What is wanted

void RouteKeeper::know(Instance& instance) {
  const InstanceConfig& config = instance.config;
  if (!config.virtual_routes.empty() || !config.virtual_rules.empty()) users_.push_back(&instance);
}

void RouteKeeper::set_fixed(std::vector<RouteConfig> routes, std::vector<RuleConfig> rules) {
  fixed_routes_ = std::move(routes);
  fixed_rules_ = std::move(rules);
}

RouteKeeper::Demand RouteKeeper::demand(const LinkTable& links) const {
  Demand demand;
  const auto add = [&](const std::vector<RouteConfig>& routes, const std::vector<RuleConfig>& rules,
                       bool active) {
    // Who is about to let go keeps what is there.
    for (const RouteConfig& route : routes) {
      if (!active && !routes_.contains(route.key())) continue;
      demand.routes.try_emplace(route.key(), resolve(route, links));
      if (!route.track) demand.untracked.insert(thing_of(route.key()));
    }
    for (const RuleConfig& rule : rules) {
      if (!active && !rules_.contains(rule.rule)) continue;
      demand.rules.insert(rule.rule);
      if (!rule.track) demand.untracked.insert(thing_of(rule.rule));
    }
  };
  for (const Instance* user : users_) {
    if (!user->router.holds_addresses()) continue;
    add(user->config.virtual_routes, user->config.virtual_rules,
        user->router.state() == VrrpState::kActive);
  }
  if (holds_fixed_) add(fixed_routes_, fixed_rules_, true);
  return demand;
}

// Two of them may want the same.
std::vector<Instance*> RouteKeeper::holders_of(const RouteKey& key) const {
  return holders_among(
      users_, [&](const InstanceConfig& config) { return names(config.virtual_routes, key); });
}

std::vector<Instance*> RouteKeeper::holders_of(const Rule& rule) const {
  return holders_among(
      users_, [&](const InstanceConfig& config) { return names(config.virtual_rules, rule); });
}

template <typename Key>
bool RouteKeeper::wanted_by_another(const Instance& instance, const Key& key) const {
  const auto holders = holders_of(key);
  if (std::any_of(holders.begin(), holders.end(),
                  [&](const Instance* holder) { return holder != &instance; })) {
    return true;
  }
  if constexpr (std::is_same_v<Key, Rule>) {
    return holds_fixed_ && names(fixed_rules_, key);
  } else {
    return holds_fixed_ && names(fixed_routes_, key);
  }
}

// ---- What is done

void RouteKeeper::hold(const Turn& turn, const Instance& instance) {
  for (const RouteConfig& config : instance.config.virtual_routes) {
    const std::optional<Route> wanted = resolve(config, turn.links);
    const auto have = routes_.find(config.key());
    if (!wanted || (have != routes_.end() && satisfies(have->second, *wanted))) continue;
    if (have != routes_.end()) change(turn, Change::kRemove, Route{have->second});
    change(turn, Change::kAdd, *wanted);
  }
  for (const RuleConfig& config : instance.config.virtual_rules) {
    if (!rules_.contains(config.rule)) change(turn, Change::kAdd, config.rule);
  }
}

void RouteKeeper::let_go(const Turn& turn, const Instance& instance) {
  for (const RuleConfig& config : instance.config.virtual_rules) {
    turn.repairs.forget_loss(thing_of(config.rule));
    if (!rules_.contains(config.rule) || wanted_by_another(instance, config.rule)) continue;
    change(turn, Change::kRemove, config.rule);
  }
  for (const RouteConfig& config : instance.config.virtual_routes) {
    turn.repairs.forget_loss(thing_of(config.key()));
    const auto have = routes_.find(config.key());
    if (have == routes_.end() || wanted_by_another(instance, config.key())) continue;
    change(turn, Change::kRemove, Route{have->second});
  }
}

void RouteKeeper::reconcile(const Turn& turn) {
  if (idle() && routes_.empty() && rules_.empty()) return;
  const Demand wanted = demand(turn.links);
  carry_out(turn, plan_routes(wanted.routes, routes_), plan_rules(wanted.rules, rules_));
}

void RouteKeeper::repair(const Turn& turn) {
  if (idle()) return;
  const Demand wanted = demand(turn.links);
  RoutePlan routes = plan_routes(wanted.routes, routes_);
  RulePlan rules = plan_rules(wanted.rules, rules_);
  std::vector<Repairs::Thing> put_back;
  const auto hold_back = [&](const Repairs::Thing& thing) {
    if (wanted.untracked.contains(thing) || !turn.repairs.grant(thing, turn.now)) return true;
    if (turn.repairs.forget_loss(thing) && turn.repairs.worth_a_line(thing)) {
      put_back.push_back(thing);
    }
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
  turn.log_losses(put_back);
  carry_out(turn, routes, rules);
}

void RouteKeeper::carry_out(const Turn& turn, const RoutePlan& routes, const RulePlan& rules) {
  for (const Rule& rule : rules.remove) change(turn, Change::kRemove, rule);
  for (const Route& route : routes.remove) change(turn, Change::kRemove, route);
  for (const Route& route : routes.add) change(turn, Change::kAdd, route);
  for (const Rule& rule : rules.add) change(turn, Change::kAdd, rule);
}

void RouteKeeper::change(const Turn& turn, Change change, const Route& route) {
  turn.actions.emplace_back(ChangeRoute{change, route});
  if (change == Change::kAdd) {
    routes_.insert_or_assign(route.key, route);
  } else {
    routes_.erase(route.key);
  }
}

void RouteKeeper::change(const Turn& turn, Change change, const Rule& rule) {
  turn.actions.emplace_back(ChangeRule{change, rule});
  if (change == Change::kAdd) {
    rules_.insert(rule);
  } else {
    rules_.erase(rule);
  }
}

// ---- What the kernel says

RouteKeeper::Faults RouteKeeper::read(const Turn& turn, const Routes& routes, const Rules& rules,
                                      bool begun) {
  const Routes routes_before = std::exchange(routes_, routes);
  const Rules rules_before = std::exchange(rules_, rules);
  if (!begun) return {};
  Faults faults;
  const Demand wanted = demand(turn.links);
  for (const auto& [key, route] : wanted.routes) {
    // With the interface a route vanishes by itself.
    if (route && routes_before.contains(key) && !routes_.contains(key)) {
      lost(turn, key, wanted, faults);
    }
  }
  for (const Rule& rule : wanted.rules) {
    if (rules_before.contains(rule) && !rules_.contains(rule)) lost(turn, rule, wanted, faults);
  }
  return faults;
}

template <typename Key>
void RouteKeeper::lost(const Turn& turn, const Key& key, const Demand& demand, Faults& faults) {
  const Repairs::Thing thing = thing_of(key);
  if (demand.untracked.contains(thing)) return;
  const std::vector<Instance*> strict = strict_among(holders_of(key));
  if (strict.empty()) turn.repairs.note_loss(thing);
  for (Instance* instance : strict) {
    faults.emplace_back(instance, thing.name + " was removed by somebody else");
  }
}

RouteKeeper::Faults RouteKeeper::refused(const Turn& turn, const Route& route,
                                         const std::string& error) {
  routes_.erase(route.key);
  return refused_thing(turn, route.key, error);
}

RouteKeeper::Faults RouteKeeper::refused(const Turn& turn, const Rule& rule,
                                         const std::string& error) {
  rules_.erase(rule);
  return refused_thing(turn, rule, error);
}

// An instance does without it, unless it is strict: what the addresses are for may work all the
// same.
template <typename Key>
RouteKeeper::Faults RouteKeeper::refused_thing(const Turn& turn, const Key& key,
                                               const std::string& error) {
  const Repairs::Thing thing = thing_of(key);
  const std::string trouble = "the kernel refused " + thing.name + ": " + error;
  Faults faults;
  for (Instance* instance : strict_among(holders_of(key))) faults.emplace_back(instance, trouble);
  if (!faults.empty()) return faults;
  turn.repairs.failed(thing, turn.now);
  if (turn.repairs.worth_a_line(thing)) {
    turn.log(LogLevel::kError, trouble + times_so_far(turn.repairs.count(thing)));
  }
  return faults;
}

}  // namespace holdfast::vrrp
