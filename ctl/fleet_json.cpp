// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet_json.h"

#include "ctl/fleet_keys.h"

namespace holdfast::ctl {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Json scenario_json(const foresee::Scenario& scenario) {
  Json failing = Json::array();
  for (const foresee::Failure& one : scenario.failures) {
    const std::string& name =
        one.subject.kind == foresee::Kind::kNode ? one.node : one.subject.name;
    failing.push_back({{"node", one.node}, {"kind", kind_text(one.subject.kind)}, {"name", name}});
  }
  Json outcomes = Json::array();
  for (const foresee::Fate& fate : scenario.fates) {
    outcomes.push_back({
        {"instance", fate.instance},
        {"holders", fate.holders},
        {"unheld_seconds", fate.holders.empty() ? Json() : Json(seconds(fate.unheld))},
        {"repaired_holders", fate.repaired},
        {"unheld_by_repair_seconds", seconds(fate.unheld_by_repair)},
    });
  }
  return {{"failing", failing}, {"settled", scenario.settled}, {"outcomes", outcomes}};
}

}  // namespace

Json finding_json(const Diagnostic& one, const Json& node) {
  return {
      {"level", one.warning.empty() ? "error" : "warning"},
      {"name", one.warning.empty() ? Json() : Json(one.warning)},
      {"node", node},
      {"file", one.file},
      {"line", one.line},
      {"column", one.column},
      {"message", one.message},
  };
}

const char* kind_text(foresee::Kind kind) {
  switch (kind) {
    case foresee::Kind::kNode:
      return "node";
    case foresee::Kind::kLink:
      return "interface";
    case foresee::Kind::kCheck:
      return "check";
    case foresee::Kind::kService:
      return "virtual_server";
    case foresee::Kind::kAddress:
      return "address";
    case foresee::Kind::kRoute:
      return "route";
  }
  return "";
}

std::string fleet_json(const std::string& file, const std::vector<FleetNode>& nodes,
                       const FleetFindings& findings, const foresee::Forecast& future) {
  Json names = Json::array();
  for (const FleetNode& node : nodes) names.push_back(node.name);
  Json all = Json::array();
  for (const auto& [node, one] : findings.of_nodes) all.push_back(finding_json(one, node));
  for (const Diagnostic& one : findings.between) all.push_back(finding_json(one, nullptr));
  Json keys = Json::array();
  for (const FleetKey& key : keys_of(nodes)) {
    keys.push_back({{"instance", key.instance},
                    {"id", key.id},
                    {"node", key.node},
                    {"source", key.source},
                    {"sha256", key.hash ? Json(*key.hash) : Json()}});
  }
  Json start = Json::array();
  for (const foresee::Fate& fate : future.start) {
    start.push_back({{"instance", fate.instance}, {"holders", fate.holders}});
  }
  Json failures = Json::array();
  for (const foresee::Scenario& one : future.singles) failures.push_back(scenario_json(one));
  for (const foresee::Scenario& one : future.doubles) failures.push_back(scenario_json(one));
  return dumped({{"api", 1},
                 {"file", file},
                 {"good", findings.good},
                 {"nodes", names},
                 {"findings", all},
                 {"keys", keys},
                 {"start", start},
                 {"failures", failures}});
}

}  // namespace holdfast::ctl
