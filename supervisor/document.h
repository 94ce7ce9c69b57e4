// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/owned_fd.h"
#include "common/unix_user.h"
#include "config/config.h"
#include "config/part.h"
#include "config/process_config.h"

namespace holdfast::supervisor {

// A configuration, parsed and as it goes to the workers.
struct Document {
  std::shared_ptr<const Config> config = std::make_shared<Config>();
  std::array<OwnedFd, kParts> sealed;  // for the workers, by Part; empty: nobody is handed it
  OwnedFd text;                        // of the same, for people
  ProcessConfig vrrp_process;
  std::string sha256;                     // of the file, and of what it includes after it
  std::map<std::string, UnixUser> users;  // all that run its programs, by name: asked for once
  std::vector<Secret> secrets;            // the keys that it names, as they were when it was read
  std::vector<OwnedFd> tls_files;         // that it names, each sealed
  std::vector<OwnedFd> alert_files;       // the same, of the receivers of alerts
  std::vector<OwnedFd> witness_files;     // the same, of the witness
  std::vector<std::string> warnings;      // a line each
  std::chrono::system_clock::time_point loaded_at;

  int sealed_for(Role role) const;  // the part that it is handed
};

struct Loading {
  std::optional<Document> document;
  std::vector<std::string> faults;      // a line each; empty if there is a document
  std::vector<std::string> excerpts{};  // beside some of the first: what they mean, of two lines
};

// Where the configuration is, and whose of the nodes in it this one is.
struct ConfigSource {
  std::string file;
  std::string node;  // empty: the host name
};

// Reads, parses, reads its keys, and looks at the programs that it names.
Loading load_document(const ConfigSource& source);

}  // namespace holdfast::supervisor
