// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ctl/fleet.h"
#include "foresee/forecast.h"

namespace holdfast::ctl {

foresee::Forecast future_of(const std::vector<FleetNode>& nodes);

// What is wrong with that future, at the name of the instance: nobody holds a virtual router, or
// two do, when all nodes are well or at any single failure; or nodes never come to rest. One that
// only one node has may be lost. Warnings:
//   fleet-weight  a weight that changes nothing: the node remains master without what it tracks
std::vector<Diagnostic> future_faults(const foresee::Forecast& future,
                                      const std::vector<FleetNode>& nodes, const std::string& file);

// A table: equal outcomes of a virtual router are one row, equal virtual routers one part.
std::string future_text(const foresee::Forecast& future, const std::vector<FleetNode>& nodes,
                        bool colours);

// "3.53 s", "20 ms".
std::string seconds_text(Duration duration);

}  // namespace holdfast::ctl
