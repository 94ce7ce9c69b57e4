// SPDX-License-Identifier: Apache-2.0
#include "ctl/explain.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/hmac_sha256.h"
#include "ctl/fleet_future.h"

namespace holdfast::ctl {
namespace {

using foresee::Kind;
using foresee::Subject;
using foresee::World;

constexpr std::size_t kOwn = 0;  // this node's number in the world

std::string state_text(VrrpState state) {
  return std::string(to_string(state));
}

std::string condition(const Prospect& one, bool own) {
  if (!one.subject) return own ? "If this node dies" : "If " + one.node + " dies";
  const std::string what = foresee::to_string(*one.subject);
  switch (one.subject->kind) {
    case Kind::kLink:
      return "If " + what + (one.comes_back ? " comes up" : " goes down");
    case Kind::kService:
      return "If " + what + (one.comes_back ? " has its quorum again" : " loses its quorum");
    case Kind::kAddress:
    case Kind::kRoute:
      return "If " + what + (one.comes_back ? " comes" : " goes away");
    case Kind::kCheck:
    case Kind::kNode:
      break;
  }
  return "If " + what + (one.comes_back ? " recovers" : " fails");
}

// One instance in a world of its own for every question.
class Explanation {
 public:
  Explanation(const Present& present, std::string instance)
      : present_(present), name_(std::move(instance)) {
    plans_.push_back(present.own);
    for (const auto& other : present.others) {
      const auto& all = other.config.instances;
      if (std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name_; })) {
        plans_.push_back(other);
      }
    }
  }

  Explained run() {
    const std::unique_ptr<World> made = begun();
    World& world = *made;
    const RouterState now = own_state(world);
    said_.instance = name_;
    said_.state = now.state;
    said_.priority = now.priority;
    said_.holders = holders(world);
    note(now);
    for (const Subject& subject : foresee::Node::tracked_by(*world.node(kOwn).instance(name_))) {
      ask({subject, present_.own.name}, kOwn);
    }
    for (std::size_t n = 0; n < world.size(); ++n) {
      const bool holds = world.watched(name_).holders.contains(n);
      if (n == kOwn || holds) ask({std::nullopt, plans_[n].name}, n);
    }
    return std::move(said_);
  }

 private:
  std::unique_ptr<World> begun() const {
    auto world = std::make_unique<World>(plans_, hmac_sha256);
    world->start();
    world->settle();
    return world;
  }

  RouterState own_state(const World& world) const {
    const RouterState* const state = world.node(kOwn).state(name_);
    return state == nullptr ? RouterState{} : *state;
  }

  std::vector<std::string> holders(const World& world) const {
    std::vector<std::string> all;
    for (const std::size_t n : world.watched(name_).holders) all.push_back(plans_[n].name);
    return all;
  }

  void note(const RouterState& now) {
    for (const RouterState& told : present_.own.resumed) {
      if (told.router != name_) continue;
      said_.state = told.state;
      said_.priority = told.priority;
      if (told.state == now.state) continue;
      said_.note = "As far as the others are known it should be " + state_text(now.state) +
                   (now.priority == told.priority
                        ? std::string()
                        : ", with priority " + std::to_string(now.priority.value)) +
                   ": what follows begins there.";
    }
    if (plans_.size() == 1) said_.note = "No other node is known that has it.";
  }

  void ask(Prospect one, std::size_t node) {
    const std::unique_ptr<World> made = begun();
    World& world = *made;
    const RouterState before = own_state(world);
    world.watch();
    if (one.subject) {
      const bool up = world.node(node).is_up(*one.subject);
      one.comes_back = up != world.node(node).best_of(*one.subject);
      world.set(node, *one.subject, !up);
    } else {
      world.set_alive(node, false);
    }
    world.settle();
    const World::Watched after = world.watched(name_);
    const RouterState state = own_state(world);
    one.state = world.node(kOwn).alive() ? state.state : VrrpState::kInitialize;
    one.priority = world.node(kOwn).alive() ? state.priority : kPriorityRelease;
    one.released = after.released;
    one.holders = holders(world);
    if (!after.holders.empty()) one.unheld = after.unheld;
    const std::string first = here(one, before, world);
    const std::string then = there(one, world);
    constexpr std::size_t kAnd = 4;
    const bool alone = first.empty() && then.starts_with("and ");
    one.text =
        condition(one, node == kOwn) + ": " + first + (alone ? then.substr(kAnd) : then) + ".";
    said_.prospects.push_back(std::move(one));
  }

  // What becomes of it on this node.
  std::string here(const Prospect& one, const RouterState& before, const World& world) const {
    if (!world.node(kOwn).alive()) return "";
    std::string text;
    const bool moved = one.priority != before.priority && one.state != VrrpState::kFault;
    if (moved) {
      text += "priority " + std::to_string(before.priority.value) + " -> " +
              std::to_string(one.priority.value) + ", ";
    }
    if (one.state == before.state) {
      text += "it stays " + state_text(one.state);
      if (moved && one.state == VrrpState::kActive) text += why_it_stays(world);
    } else {
      text +=
          (one.state == VrrpState::kFault ? "it goes to " : "it becomes ") + state_text(one.state);
    }
    if (before.state == VrrpState::kActive && one.state == VrrpState::kFault) {
      text += one.released ? ", priority 0 is announced" : ", and the others hear no more of it";
    }
    return text + ", ";
  }

  std::string why_it_stays(const World& world) const {
    const RouterState* highest = nullptr;
    for (std::size_t n = 1; n < world.size(); ++n) {
      const RouterState* const state = world.node(n).state(name_);
      if (state != nullptr && (highest == nullptr || state->priority > highest->priority)) {
        highest = state;
      }
    }
    if (highest == nullptr) return "";
    return ", as the highest other priority is " + std::to_string(highest->priority.value);
  }

  // Who holds it then.
  std::string there(const Prospect& one, const World& world) const {
    if (one.holders.empty()) {
      return plans_.size() == 1 ? "and nobody is known who takes over" : "and nobody takes over";
    }
    if (one.holders.size() > 1) return "and more than one node holds it";
    const std::size_t holder = *world.watched(name_).holders.begin();
    if (one.holders == said_.holders && one.unheld == Duration{0}) {
      return holder == kOwn ? "and holds it still" : "and " + named(holder, world) + " holds it";
    }
    return (holder == kOwn ? std::string("and takes over") : named(holder, world) + " takes over") +
           (*one.unheld == Duration{0} ? " without a gap" : " within " + seconds_text(*one.unheld));
  }

  std::string named(std::size_t node, const World& world) const {
    const RouterState* const state = world.node(node).state(name_);
    return plans_[node].name + (state == nullptr
                                    ? std::string()
                                    : " (priority " + std::to_string(state->priority.value) + ")");
  }

  const Present& present_;
  std::string name_;
  std::vector<foresee::NodePlan> plans_;
  Explained said_;
};

}  // namespace

std::vector<Explained> explain(const Present& present, const std::string& instance) {
  std::vector<Explained> all;
  for (const InstanceConfig& one : present.own.config.instances) {
    if (!instance.empty() && one.name != instance) continue;
    all.push_back(Explanation(present, one.name).run());
  }
  return all;
}

}  // namespace holdfast::ctl
