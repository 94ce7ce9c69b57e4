// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "config/excerpt.h"
#include "config/outside.h"
#include "config/sealed.h"
#include "ctl/fleet.h"

namespace holdfast::ctl {
FleetReport check_fleet(const std::string& file, bool strict) {
  const Result<std::string> document = read_document(file);
  if (!document) return {false, document.error().message + "\n"};
  const Outside outside = real_outside(false);
  // Whose names those are does not depend on the node that asks.
  const std::vector<std::string> names = load_config(*document, file, "", &outside).nodes;
  if (names.empty()) return {false, file + ": names no nodes\n"};
  std::vector<FleetNode> nodes;
  FleetReport report{true, ""};
  std::size_t warnings = 0;
  for (const std::string& name : names) {
    FleetNode node{name, load_config(*document, file, name, &outside)};
    const Loaded& loaded = node.loaded;
    if (!loaded.ok() || !loaded.warnings.empty()) report.text += "Of the node " + name + ":\n";
    report.text += with_excerpts(loaded.diagnostics, file, *document, loaded.included) +
                   with_excerpts(loaded.warnings, file, *document, loaded.included);
    report.good = report.good && loaded.ok();
    warnings += loaded.warnings.size();
    nodes.push_back(std::move(node));
  }
  if (!report.good) return report;
  const std::vector<Diagnostic> found = fleet_faults(nodes, file);
  const auto of_warnings = std::count_if(
      found.begin(), found.end(), [](const Diagnostic& one) { return !one.warning.empty(); });
  warnings += static_cast<std::size_t>(of_warnings);
  report.text += with_excerpts(found, file, *document, nodes.front().loaded.included);
  report.good = found.size() == static_cast<std::size_t>(of_warnings) && (!strict || warnings == 0);
  if (report.good) {
    report.text += file + ": " + std::to_string(nodes.size()) + " nodes agree";
    if (warnings > 0) report.text += "; warnings: " + std::to_string(warnings);
    report.text += "\n";
  }
  return report;
}

}  // namespace holdfast::ctl
