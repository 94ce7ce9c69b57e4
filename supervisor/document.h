// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/owned_fd.h"
#include "config/config.h"

namespace holdfast::supervisor {

// A configuration, parsed and as it goes to the workers.
struct Document {
  Config config;
  OwnedFd sealed;
  std::string sha256;  // of the file, in hexadecimal
  std::chrono::system_clock::time_point loaded_at;
};

struct Loading {
  std::optional<Document> document;
  std::vector<std::string> faults;  // a line each; empty if there is a document
};

Loading load_document(const std::string& file);

}  // namespace holdfast::supervisor
