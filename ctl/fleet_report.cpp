// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "config/excerpt.h"
#include "config/outside.h"
#include "config/sealed.h"
#include "ctl/fleet.h"
#include "ctl/fleet_future.h"
#include "ctl/fleet_json.h"
#include "ctl/fleet_keys.h"

namespace holdfast::ctl {
namespace {

// The file as each of its nodes reads it, and what is wrong with that.
struct Reading {
  std::string document;
  std::vector<FleetNode> nodes;
  FleetFindings found;
  foresee::Forecast future;
  std::size_t warnings = 0;
  std::string trouble;  // it cannot be read at all
};

void read_nodes(Reading& reading, const std::string& file) {
  const Outside outside = real_outside(false);
  // Whose names those are does not depend on the node that asks.
  const std::vector<std::string> names = load_config(reading.document, file, "", &outside).nodes;
  if (names.empty()) reading.trouble = file + ": names no nodes";
  for (const std::string& name : names) {
    FleetNode node{name, load_config(reading.document, file, name, &outside)};
    const Loaded& loaded = node.loaded;
    reading.found.good = reading.found.good && loaded.ok();
    reading.warnings += loaded.warnings.size();
    for (const auto* all : {&loaded.diagnostics, &loaded.warnings}) {
      for (const Diagnostic& one : *all) reading.found.of_nodes.emplace_back(name, one);
    }
    if (loaded.ok()) read_keys_of(node, file);
    node.loaded.tree = {};  // of hundreds of nodes, perhaps
    reading.nodes.push_back(std::move(node));
  }
}

void look_ahead(Reading& reading, const FleetOptions& options) {
  std::vector<Diagnostic>& found = reading.found.between;
  found = fleet_faults(reading.nodes, options.file);
  reading.future = future_of(reading.nodes);
  for (Diagnostic& one : future_faults(reading.future, reading.nodes, options.file)) {
    found.push_back(std::move(one));
  }
  const auto warnings = static_cast<std::size_t>(std::count_if(
      found.begin(), found.end(), [](const Diagnostic& one) { return !one.warning.empty(); }));
  reading.warnings += warnings;
  reading.found.good = found.size() == warnings && (!options.strict || reading.warnings == 0);
}

std::string text_of(const Reading& reading, const FleetOptions& options) {
  std::string text;
  for (const FleetNode& node : reading.nodes) {
    const Loaded& loaded = node.loaded;
    if (!loaded.ok() || !loaded.warnings.empty()) text += "Of the node " + node.name + ":\n";
    text += with_excerpts(loaded.diagnostics, options.file, reading.document, loaded.included) +
            with_excerpts(loaded.warnings, options.file, reading.document, loaded.included);
  }
  if (reading.future.start.empty() && !reading.found.good) return text;
  text += with_excerpts(reading.found.between, options.file, reading.document,
                        reading.nodes.front().loaded.included);
  text += (text.empty() ? "" : "\n") + keys_text(keys_of(reading.nodes)) +
          future_text(reading.future, reading.nodes, options.colours) + "\n";
  if (!reading.found.good) return text + options.file + ": not to be rolled out\n";
  text += options.file + ": " + std::to_string(reading.nodes.size()) +
          " nodes agree, and no single failure leaves a virtual router without a holder";
  if (reading.warnings > 0) text += "; warnings: " + std::to_string(reading.warnings);
  return text + "\n";
}

}  // namespace

FleetReport check_fleet(const FleetOptions& options) {
  Result<std::string> document = read_document(options.file);
  Reading reading;
  if (document) {
    reading.document = *std::move(document);
    reading.found.good = true;
    read_nodes(reading, options.file);
  } else {
    reading.trouble = document.error().message;
  }
  if (!reading.trouble.empty()) {
    reading.found = {false, {{"", Diagnostic{options.file, 1, 1, reading.trouble}}}, {}};
    if (!options.json) return {false, reading.trouble + "\n"};
  } else if (reading.found.good) {
    look_ahead(reading, options);
  }
  return {reading.found.good,
          options.json ? fleet_json(options.file, reading.nodes, reading.found, reading.future)
                       : text_of(reading, options)};
}

}  // namespace holdfast::ctl
