// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "config/command.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/process_config.h"
#include "config/yaml_node.h"

namespace holdfast {

// A virtual address of an instance.
struct PlacedAddress {
  int line = 1;
  int column = 1;
  std::string interface;  // where it is to be
  IpAddress address;
};

// Where the name of an instance stands.
struct PlacedInstance {
  int line = 1;
  int column = 1;
  std::string name;
};

struct Loaded {
  Config config;                                  // meaningful only if ok()
  std::vector<Diagnostic> diagnostics;            // every fault found, in the order of the file
  std::vector<Diagnostic> warnings;               // of what is valid but hardly meant; only if ok()
  ProcessConfig vrrp_process;                     // of which only the supervisor must know
  std::vector<InFile<PlacedKey>> keys;            // every key that the document names
  std::vector<InFile<PlacedCommand>> commands;    // every program that the document names
  std::vector<InFile<PlacedFile>> files;          // every file of TLS that the document names
  std::vector<InFile<PlacedFile>> alert_files;    // every file that the receivers of alerts name
  std::vector<InFile<PlacedFile>> witness_files;  // of TLS, that the witness names
  std::vector<InFile<PlacedFile>> witness_secrets;  // its password
  std::vector<InFile<PlacedPattern>> patterns;      // every pattern that the document has
  std::vector<InFile<PlacedAddress>> addresses;     // every virtual address
  std::vector<InFile<PlacedInstance>> instances;    // beside Config::instances, if ok()
  // Where the document is more than its own text: the configuration of this node, as a document
  // that needs no other; else empty.
  std::string effective;
  YamlNode tree;  // that configuration, as packed() takes it only if ok()
  std::map<std::string, std::string> included;  // the files that it includes, by path: their texts
  std::vector<std::string> nodes;               // that `nodes` names, patterns and labels apart
  bool ok() const { return diagnostics.empty(); }
};

struct Outside;

// Turns a document into a Config, where the operator's words are read. `node` is whose: the
// default of `node:`, and what the entries of `nodes:` are chosen by. Pure, but for what is asked
// of `outside`, the files that the document includes and the environment; null: it has neither.
// Never throws; any bytes are fine.
Loaded load_config(std::string_view document, std::string_view file, std::string_view node,
                   const Outside* outside = nullptr);

struct SealedDocument;
class OwnedFd;

// The same Config from what was sealed of it, in every other process: without YAML, by the same
// readers. Of a part, what is not in it is as if it were not configured; but an instance may track
// it.
Result<Config> load_sealed(const SealedDocument& sealed);
Result<Config> load_sealed(const OwnedFd& memfd);  // which it unseals

}  // namespace holdfast
