// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "ctl/fleet.h"

namespace holdfast::ctl {

// What can be read on this host of the keys that a node's configuration names. The rest is on the
// nodes, or out of this user's sight; that is no fault here.
void read_keys_of(FleetNode& node, const std::string& file);

// The first digits of the SHA-256 of a key: enough to tell keys apart, too little to try guesses.
// Nothing: it cannot be read here.
std::optional<std::string> hash_of(const FleetNode& node, const AuthenticationKey& key);

// A key of a virtual router as one node has it.
struct FleetKey {
  std::string instance;
  int id = 0;
  std::string node;
  std::string source;               // "file /etc/holdfast/keys/web"
  std::optional<std::string> hash;  // nothing: it cannot be read here
};
std::vector<FleetKey> keys_of(const std::vector<FleetNode>& nodes);  // by instance, then id

// A line for each key of each virtual router; empty: there are none.
std::string keys_text(const std::vector<FleetKey>& keys);

// All keys of a node for its future. What cannot be read is taken to be the same on every node.
std::vector<Secret> secrets_of(const FleetNode& node);

}  // namespace holdfast::ctl
