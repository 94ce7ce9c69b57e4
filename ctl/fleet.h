// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/load.h"

namespace holdfast::ctl {

// A node and what it makes of the file of the fleet.
struct FleetNode {
  std::string name;
  Loaded loaded;  // ok()
  // What can be read on this host of its keys, by AuthenticationKey::secret().
  std::map<std::string, std::string> keys{};
};

// Where the nodes do not agree: a fault at the name of the instance, with the names of the nodes.
// Instances of one name on several nodes are one virtual router. Its VRID, family, version,
// interval, addresses and authentication must be the same, its priorities distinct, and of unicast
// peers each must be told of each. Keys of one id are the same, as far as they can be read here.
// Two virtual routers on interfaces of one name need different VRIDs, and no address may be of two.
// Warnings:
//   fleet-alone    only one node has the virtual router: nobody takes over
//   fleet-preempt  the nodes do not agree on preempt
//   fleet-tracks   the nodes do not track the same
//   fleet-sync-order  members of a sync group have their nodes in another order of priorities
std::vector<Diagnostic> fleet_faults(const std::vector<FleetNode>& nodes, const std::string& file);

struct FleetOptions {
  std::string file;
  bool strict = false;  // a warning is a failure, too
  bool json = false;
  bool colours = false;
};

struct FleetReport {
  bool good = false;
  std::string text;  // or a JSON document
};

// Renders and checks every node that the file names, compares them, and foresees what each single
// failure and the death of each two nodes would do. Bad: a fault in a configuration or between two;
// or, if all is well or one thing fails, a virtual router that nobody holds, or two.
FleetReport check_fleet(const FleetOptions& options);

}  // namespace holdfast::ctl
