// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ctl/document.h"
#include "ctl/fleet.h"
#include "foresee/forecast.h"

namespace holdfast::ctl {

// The document of `fleet check --json`, described in docs/configuration-fleet.md.
struct FleetFindings {
  bool good = false;
  std::vector<std::pair<std::string, Diagnostic>> of_nodes;  // by node
  std::vector<Diagnostic> between;                           // nodes
};
std::string fleet_json(const std::string& file, const std::vector<FleetNode>& nodes,
                       const FleetFindings& findings, const foresee::Forecast& future);

// A fault or warning, of `node` or, if that is null, between nodes.
Json finding_json(const Diagnostic& one, const Json& node);

// "interface", "check"...
const char* kind_text(foresee::Kind kind);

}  // namespace holdfast::ctl
