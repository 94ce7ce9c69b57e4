// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

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

// "interface", "check"...
const char* kind_text(foresee::Kind kind);

}  // namespace holdfast::ctl
