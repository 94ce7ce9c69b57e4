// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace holdfast::ctl {

// A node and what it makes of the file of the fleet.
struct FleetNode {
  std::string name;
  Loaded loaded;  // ok()
};

// Where the nodes do not agree: a fault at the name of the instance, with the names of the nodes.
// Instances of one name on several nodes are one virtual router. Its VRID, family, version,
// interval, addresses and authentication must be the same, its priorities distinct, and of unicast
// peers each must be told of each. Two virtual routers on interfaces of one name need different
// VRIDs, and no address may be of two. Warnings:
//   fleet-alone    only one node has the virtual router: nobody takes over
//   fleet-preempt  the nodes do not agree on preempt
//   fleet-sync-order  members of a sync group have their nodes in another order of priorities
std::vector<Diagnostic> fleet_faults(const std::vector<FleetNode>& nodes, const std::string& file);

struct FleetReport {
  bool good = false;
  std::string text;
};

// Renders and checks every node that the file names, and compares them. `strict`: a warning is a
// failure, too.
FleetReport check_fleet(const std::string& file, bool strict);

}  // namespace holdfast::ctl
