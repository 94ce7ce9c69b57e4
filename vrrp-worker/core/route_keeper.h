// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "vrrp-worker/core/instance.h"
#include "vrrp-worker/core/route_plan.h"
#include "vrrp-worker/core/turn.h"

namespace holdfast::vrrp {

// Keeps routes and rules: those that instances hold beside their addresses, and what is static. On
// the way in they come after the addresses, which they may need; on the way out they go first.
class RouteKeeper {
 public:
  // An instance that is strict, cannot hold what it should, and is in fault for that reason.
  using Faults = std::vector<std::pair<Instance*, std::string>>;

  // Who holds what while it is active, in the order of their right to it: pointers to those that
  // last until they are forgotten.
  void forget_all() { users_.clear(); }
  void know(Instance& instance);
  void forget(const Instance& instance) { std::erase(users_, &instance); }

  void set_fixed(std::vector<RouteConfig> routes, std::vector<RuleConfig> rules);
  void hold_fixed(bool hold) { holds_fixed_ = hold; }

  // What became of one instance changes only its own.
  void hold(const Turn& turn, const Instance& instance);
  void let_go(const Turn& turn, const Instance& instance);
  void reconcile(const Turn& turn);
  // The same, but what is missing is put back at a measured pace, and only if it is tracked.
  void repair(const Turn& turn);

  // Told by the kernel: all that carries our mark. Who is at fault is so before anything is
  // repaired.
  Faults read(const Turn& turn, const Routes& routes, const Rules& rules, bool begun);
  Faults refused(const Turn& turn, const Route& route, const std::string& error);
  Faults refused(const Turn& turn, const Rule& rule, const std::string& error);

 private:
  struct Demand {
    DesiredRoutes routes;
    Rules rules;
    std::set<Repairs::Thing> untracked;
  };

  bool idle() const { return users_.empty() && fixed_routes_.empty() && fixed_rules_.empty(); }
  Demand demand(const LinkTable& links) const;
  std::vector<Instance*> holders_of(const RouteKey& key) const;
  std::vector<Instance*> holders_of(const Rule& rule) const;
  template <typename Key>
  bool wanted_by_another(const Instance& instance, const Key& key) const;
  template <typename Key>
  void lost(const Turn& turn, const Key& key, const Demand& demand, Faults& faults);
  template <typename Key>
  Faults refused_thing(const Turn& turn, const Key& key, const std::string& error);
  void carry_out(const Turn& turn, const RoutePlan& routes, const RulePlan& rules);
  void change(const Turn& turn, Change change, const Route& route);
  void change(const Turn& turn, Change change, const Rule& rule);

  std::vector<Instance*> users_;
  std::vector<RouteConfig> fixed_routes_;
  std::vector<RuleConfig> fixed_rules_;
  bool holds_fixed_ = false;
  Routes routes_;  // in the kernel, with our mark
  Rules rules_;
};

}  // namespace holdfast::vrrp
