// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

struct AlertFiles {
  std::map<std::string, std::string> files;  // by path; of a secret its first line
  std::vector<Diagnostic> faults;  // at the place of the key; no word of what a file holds
};

// Reads the files that receivers of alerts name: authorities in PEM, and secrets, which must be
// root's, or ours, and closed to everybody else, and are one line of 1 to 4096 bytes.
AlertFiles read_alert_files(const std::vector<InFile<PlacedFile>>& named, std::string_view file,
                            const std::optional<std::string>& credentials);

}  // namespace holdfast
