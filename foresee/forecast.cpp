// SPDX-License-Identifier: Apache-2.0
#include "foresee/forecast.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "foresee/world.h"

namespace holdfast::foresee {
namespace {

using Plans = std::vector<NodePlan>;

// A failure as the world knows it.
struct Numbered {
  std::size_t node = 0;
  Subject subject;
};

// Of nodes that share virtual routers. One world serves for many failures, as long as it comes
// back to where it was.
class Futures {
 public:
  Futures(const Plans& plans, vrrp::KeyedHash hash) : plans_(plans), hash_(hash) {}

  void run(Forecast& into) {
    begin();
    into.settled = into.settled && settled_;
    const std::vector<Fate> start = fates();
    into.start.insert(into.start.end(), start.begin(), start.end());
    for (std::size_t n = 0; n < plans_.size(); ++n) {
      into.singles.push_back(scenario({{n, {}}}));
      for (const Subject& subject : world_->node(n).tracked()) {
        into.singles.push_back(scenario({{n, subject}}));
      }
    }
    for (std::size_t a = 0; a < plans_.size(); ++a) {
      for (std::size_t b = a + 1; b < plans_.size(); ++b) {
        if (share(plans_[a], plans_[b])) into.doubles.push_back(scenario({{a, {}}, {b, {}}}));
      }
    }
  }

 private:
  static bool share(const NodePlan& a, const NodePlan& b) {
    return std::any_of(a.config.instances.begin(), a.config.instances.end(), [&](const auto& one) {
      return std::any_of(b.config.instances.begin(), b.config.instances.end(),
                         [&](const auto& other) { return other.name == one.name; });
    });
  }

  void begin() {
    world_ = std::make_unique<World>(plans_, hash_);
    world_->start();
    settled_ = world_->settle();
    at_start_ = fates();
  }

  std::vector<std::string> names(const std::set<std::size_t>& nodes) const {
    std::vector<std::string> all;
    all.reserve(nodes.size());
    for (const std::size_t n : nodes) all.push_back(plans_[n].name);
    return all;
  }

  std::vector<Fate> fates() const {
    std::vector<Fate> all;
    for (const std::string& instance : world_->instances()) {
      all.push_back({instance, names(world_->watched(instance).holders)});
    }
    return all;
  }

  void change(const Numbered& one, bool repair) {
    if (one.subject.kind == Kind::kNode) {
      world_->set_alive(one.node, repair);
    } else {
      const bool best = world_->node(one.node).best_of(one.subject);
      world_->set(one.node, one.subject, best == repair);
    }
  }

  Scenario scenario(const std::vector<Numbered>& failures) {
    Scenario made;
    for (const Numbered& one : failures) {
      made.failures.push_back({plans_[one.node].name, one.subject});
    }
    world_->watch();
    for (const Numbered& one : failures) change(one, false);
    made.settled = world_->settle();
    made.fates = fates();
    for (Fate& fate : made.fates) fate.unheld = world_->watched(fate.instance).unheld;
    world_->watch();
    for (const Numbered& one : failures) change(one, true);
    made.settled = world_->settle() && made.settled;
    for (Fate& fate : made.fates) {
      const World::Watched after = world_->watched(fate.instance);
      fate.repaired = names(after.holders);
      fate.unheld_by_repair = after.unheld;
    }
    if (!made.settled || fates() != at_start_) begin();
    return made;
  }

  const Plans& plans_;
  vrrp::KeyedHash hash_;
  std::unique_ptr<World> world_;
  std::vector<Fate> at_start_;
  bool settled_ = true;
};

// Nodes that share virtual routers, directly or through others: each part in the order of nodes.
std::vector<Plans> parts_of(const Plans& nodes) {
  std::vector<std::size_t> part(nodes.size());
  std::map<std::string, std::size_t> of_instance;
  const auto root = [&part](std::size_t one) {
    while (part[one] != one) one = part[one];
    return one;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    part[i] = i;
    for (const InstanceConfig& one : nodes[i].config.instances) {
      const auto [known, fresh] = of_instance.try_emplace(one.name, i);
      if (fresh) continue;
      const std::size_t a = root(i);
      const std::size_t b = root(known->second);
      part[std::max(a, b)] = std::min(a, b);
    }
  }
  std::map<std::size_t, Plans> parts;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].config.instances.empty()) parts[root(i)].push_back(nodes[i]);
  }
  std::vector<Plans> all;
  all.reserve(parts.size());
  for (auto& [first, plans] : parts) all.push_back(std::move(plans));
  return all;
}

}  // namespace

Forecast forecast(const std::vector<NodePlan>& nodes, vrrp::KeyedHash hash) {
  Forecast all;
  for (const Plans& part : parts_of(nodes)) Futures(part, hash).run(all);
  return all;
}

}  // namespace holdfast::foresee
