// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet_future.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/hmac_sha256.h"
#include "config/faults.h"
#include "config/named_warnings.h"
#include "config/scalars.h"
#include "ctl/fleet_keys.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

using foresee::Failure;
using foresee::Fate;
using foresee::Forecast;
using foresee::Kind;
using foresee::Scenario;

constexpr std::size_t kNamesMax = 6;  // in one cell
constexpr const char* kStill = "still ";
constexpr const char* kStays = "stays";

std::string joined(const std::vector<std::string>& texts, std::string_view between = ", ") {
  std::string all;
  for (std::size_t i = 0; i < texts.size() && i < kNamesMax; ++i) {
    all += (i == 0 ? "" : std::string(between)) + texts[i];
  }
  if (texts.size() > kNamesMax) all += " and " + std::to_string(texts.size() - kNamesMax) + " more";
  return all;
}

std::string words_of(const Failure& failure) {
  if (failure.subject.kind == Kind::kNode) return failure.node + " dies";
  return failure.node + ": " + foresee::to_string(failure.subject) + " fails";
}

std::string holders_text(const std::vector<std::string>& holders) {
  if (holders.empty()) return "nobody";
  if (holders.size() == 1) return holders.front();
  return joined(holders) + " at once";
}

// Which nodes have an instance, and which subjects each tracks for it.
class Members {
 public:
  explicit Members(const std::vector<FleetNode>& nodes) : nodes_(nodes) {}

  std::size_t count(const std::string& instance) const {
    return static_cast<std::size_t>(std::count_if(
        nodes_.begin(), nodes_.end(), [&](const auto& node) { return find(node, instance); }));
  }
  static const InstanceConfig* find(const FleetNode& node, const std::string& name) {
    for (const InstanceConfig& one : node.loaded.config.instances) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }
  const FleetNode* node(const std::string& name) const {
    const auto it = std::find_if(nodes_.begin(), nodes_.end(),
                                 [&](const FleetNode& one) { return one.name == name; });
    return it == nodes_.end() ? nullptr : &*it;
  }
  // Where the first node that has it names it.
  const InFile<PlacedInstance>& place(const std::string& instance) const {
    for (const FleetNode& node : nodes_) {
      for (const auto& one : node.loaded.instances) {
        if (one.name == instance) return one;
      }
    }
    static const InFile<PlacedInstance> kNowhere;
    return kNowhere;
  }

 private:
  const std::vector<FleetNode>& nodes_;
};

class FutureFaults {
 public:
  FutureFaults(const Forecast& future, const std::vector<FleetNode>& nodes, const std::string& file)
      : future_(future), members_(nodes), faults_(file), named_(file) {}

  std::vector<Diagnostic> take() {
    for (const Fate& fate : future_.start) at_start(fate);
    for (const Scenario& scenario : future_.singles) single(scenario);
    std::vector<Diagnostic> all = faults_.take();
    for (Diagnostic& one : named_.take()) all.push_back(std::move(one));
    return all;
  }

 private:
  void at_start(const Fate& fate) {
    if (fate.holders.size() == 1) {
      holder_[fate.instance] = fate.holders.front();
    } else {
      faults_.add(members_.place(fate.instance), "with every node well, " + quote(fate.instance) +
                                                     " is held by " + holders_text(fate.holders));
    }
  }

  void single(const Scenario& scenario) {
    const Failure& failure = scenario.failures.front();
    for (const Fate& fate : scenario.fates) {
      const auto holder = holder_.find(fate.instance);
      if (holder == holder_.end()) continue;  // There is worse to be said of it.
      const bool lost = fate.holders.empty() && members_.count(fate.instance) > 1;
      if (lost || fate.holders.size() > 1) {
        faults_.add(members_.place(fate.instance), "if " + words_of(failure) + ", " +
                                                       quote(fate.instance) + " is held by " +
                                                       holders_text(fate.holders));
      } else if (!scenario.settled) {
        faults_.add(
            members_.place(fate.instance),
            "if " + words_of(failure) + ", " + quote(fate.instance) + " never comes to rest");
      } else if (fate.holders == std::vector{holder->second} && failure.node == holder->second) {
        unmoved(failure, fate.instance);
      }
    }
  }

  // Its holder fails at something, and holds it still.
  void unmoved(const Failure& failure, const std::string& instance) {
    if (failure.subject.kind == Kind::kNode || members_.count(instance) < 2) return;
    const FleetNode* const node = members_.node(failure.node);
    const InstanceConfig* const config = node == nullptr ? nullptr : Members::find(*node, instance);
    if (config == nullptr) return;
    const auto tracked = foresee::Node::tracked_by(*config);
    if (std::find(tracked.begin(), tracked.end(), failure.subject) == tracked.end()) return;
    named_.add("fleet-weight", members_.place(instance),
               "if " + words_of(failure) + ", " + failure.node + " holds " + quote(instance) +
                   " still: the weight is less than what its priority is ahead");
  }

  const Forecast& future_;
  Members members_;
  Faults faults_;
  NamedWarnings named_;
  std::map<std::string, std::string> holder_;  // of those with one
};

std::string gap_text(Duration unheld) {
  return unheld == Duration{0} ? "without a gap" : "after " + seconds_text(unheld);
}

// What a cell says of a fate; the same words: the same outcome.
std::string outcome(const Fate& fate, const std::vector<std::string>& before) {
  if (fate.holders == before && fate.unheld == Duration{0}) return kStill + holders_text(before);
  if (fate.holders.empty()) return "nobody";
  return holders_text(fate.holders) + " " + gap_text(fate.unheld);
}

std::string repaired(const Fate& fate) {
  if (fate.repaired == fate.holders && fate.unheld_by_repair == Duration{0}) {
    return kStays;
  }
  return holders_text(fate.repaired) + " " + gap_text(fate.unheld_by_repair);
}

// Failures of one outcome, a node's together: "lb1: dies, interface eth0, check nginx".
std::string failures_text(const std::vector<const Scenario*>& scenarios) {
  std::vector<std::pair<std::string, std::vector<std::string>>> nodes;
  std::vector<std::string> pairs;
  for (const Scenario* scenario : scenarios) {
    const Failure& first = scenario->failures.front();
    if (scenario->failures.size() > 1) {
      pairs.push_back(first.node + " and " + scenario->failures.back().node + " die");
      continue;
    }
    const bool dies = first.subject.kind == Kind::kNode;
    if (nodes.empty() || nodes.back().first != first.node) nodes.push_back({first.node, {}});
    nodes.back().second.push_back(dies ? "dies" : foresee::to_string(first.subject));
  }
  std::vector<std::string> texts;
  texts.reserve(nodes.size() + pairs.size());
  for (const auto& [node, subjects] : nodes) texts.push_back(node + " " + joined(subjects));
  texts.insert(texts.end(), pairs.begin(), pairs.end());
  return joined(texts, "; ");
}

using Row = std::vector<std::string>;  // failure, then, repaired

class Rows {
 public:
  Rows(const Forecast& future, const std::vector<FleetNode>& nodes)
      : future_(future), members_(nodes) {
    for (const Fate& fate : future.start) start_[fate.instance] = fate.holders;
  }

  std::vector<Row> of(const std::string& instance) const {
    const std::vector<std::string>& before = start_.at(instance);
    std::vector<Row> rows{{"none", holders_text(before), ""}};
    std::vector<std::pair<Row, std::vector<const Scenario*>>> outcomes;
    for (const auto* scenarios : {&future_.singles, &future_.doubles}) {
      for (const Scenario& scenario : *scenarios) {
        const auto fate = std::find_if(scenario.fates.begin(), scenario.fates.end(),
                                       [&](const Fate& one) { return one.instance == instance; });
        if (fate == scenario.fates.end() || !concerns(scenario, instance)) continue;
        const Row says{outcome(*fate, before), scenario.settled ? repaired(*fate) : "never rests"};
        const auto known = std::find_if(outcomes.begin(), outcomes.end(),
                                        [&](const auto& one) { return one.first == says; });
        if (known == outcomes.end()) {
          outcomes.push_back({says, {&scenario}});
        } else {
          known->second.push_back(&scenario);
        }
      }
    }
    // What changes nothing is the most of it.
    std::optional<Row> rest;
    for (const auto& [says, scenarios] : outcomes) {
      const bool nothing = says[0].starts_with(kStill) && says[1] == kStays;
      const std::string what = nothing ? "anything else" : failures_text(scenarios);
      (nothing ? rest.emplace() : rows.emplace_back()) = {what, says[0], says[1]};
    }
    if (rest) rows.push_back(*rest);
    return rows;
  }

 private:
  bool concerns(const Scenario& scenario, const std::string& instance) const {
    return std::all_of(scenario.failures.begin(), scenario.failures.end(), [&](const auto& one) {
      const FleetNode* const node = members_.node(one.node);
      return node != nullptr && Members::find(*node, instance) != nullptr;
    });
  }

  const Forecast& future_;
  Members members_;
  std::map<std::string, std::vector<std::string>> start_;
};

}  // namespace

std::string seconds_text(Duration duration) {
  std::array<char, 32> text{};
  const double seconds = std::chrono::duration<double>(duration).count();
  if (duration < std::chrono::milliseconds{100}) {
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1000));
  } else {
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.2f s", seconds));
  }
  return text.data();
}

Forecast future_of(const std::vector<FleetNode>& nodes) {
  std::vector<foresee::NodePlan> plans;
  plans.reserve(nodes.size());
  for (const FleetNode& node : nodes) {
    plans.push_back({node.name, node.loaded.config, secrets_of(node)});
  }
  return foresee::forecast(plans, hmac_sha256);
}

std::vector<Diagnostic> future_faults(const Forecast& future, const std::vector<FleetNode>& nodes,
                                      const std::string& file) {
  return FutureFaults(future, nodes, file).take();
}

std::string future_text(const Forecast& future, const std::vector<FleetNode>& nodes, bool colours) {
  const Rows rows(future, nodes);
  std::vector<std::pair<std::vector<Row>, std::vector<std::string>>> parts;
  for (const Fate& fate : future.start) {
    std::vector<Row> own = rows.of(fate.instance);
    const auto known =
        std::find_if(parts.begin(), parts.end(), [&](const auto& one) { return one.first == own; });
    if (known == parts.end()) {
      parts.emplace_back(std::move(own), std::vector<std::string>{fate.instance});
    } else {
      known->second.push_back(fate.instance);
    }
  }
  std::string text;
  for (const auto& [own, names] : parts) {
    Table table({{"FAILURE"}, {"THEN HELD BY"}, {"REPAIRED"}}, colours);
    for (const Row& row : own) table.row(row, Colour::kNone);
    text += (text.empty() ? "" : "\n") + coloured(joined(names), Colour::kBold, colours) + "\n" +
            table.to_string();
  }
  return text;
}

}  // namespace holdfast::ctl
