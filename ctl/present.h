// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "config/load.h"
#include "ctl/explain.h"

namespace holdfast::ctl {

// What this host's kernel has: interfaces that are up, and all addresses.
struct Surface {
  std::map<std::string, bool> up;  // by interface: and has a carrier
  std::set<std::pair<std::string, IpAddress>> addresses;
};
Surface local_surface();

// A node of the same file.
struct Fellow {
  std::string name;
  Config config;
};

// The others that `document`, the file of the running configuration, names beside this node.
std::vector<Fellow> fellows_in(const std::string& document, const std::string& file,
                               const std::string& node);

// Of the status document, the configuration in force, and what is known of others: from the file;
// for an instance that no other node of the file has, the routers that it hears; for a backup that
// hears none, whoever is the master. An error: the status is not what is expected, or the node is
// in maintenance and takes nothing.
Result<Present> present_of(const std::string& status, const Config& running,
                           const std::vector<Fellow>& fellows, const Surface& surface);

// For a person, and for programs.
std::string explain_text(const std::vector<Explained>& all, bool colours);
std::string explain_json(const std::string& node, const std::vector<Explained>& all);

}  // namespace holdfast::ctl
