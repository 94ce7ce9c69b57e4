// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/command.h"
#include "config/config.h"
#include "config/process_config.h"

namespace holdfast {

// A fault in a configuration file. Lines and columns count from 1, columns in bytes.
struct Diagnostic {
  std::string file;
  int line = 1;
  int column = 1;
  std::string message;  // what was found, what was expected, the nearest valid name for a typo
  bool operator==(const Diagnostic&) const = default;
  std::string to_string() const;  // FILE:LINE:COLUMN: message
};

struct Loaded {
  Config config;                        // meaningful only if ok()
  std::vector<Diagnostic> diagnostics;  // every fault found, in the order of the file
  ProcessConfig vrrp_process;           // of which only the supervisor must know
  std::vector<PlacedKey> keys;          // every key that the document names
  std::vector<PlacedCommand> commands;  // every program that the document names
  std::vector<PlacedFile> files;        // every file of TLS that the document names
  std::vector<PlacedFile> alert_files;  // every file that the receivers of alerts name
  std::vector<PlacedPattern> patterns;  // every pattern that the document has
  bool ok() const { return diagnostics.empty(); }
};

// The one function that turns a document into a Config, in every process. Pure: `host_name` is
// the default of `node:`. Never throws; any bytes are fine.
Loaded load_config(std::string_view document, std::string_view file, std::string_view host_name);

}  // namespace holdfast
