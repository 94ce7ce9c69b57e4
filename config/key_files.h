// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/messages.h"
#include "config/load.h"

namespace holdfast {

struct KeyFiles {
  std::vector<Secret> secrets;     // each once
  std::vector<Diagnostic> faults;  // at the place of the key; no word of what a file holds
};

// Where systemd has put this service's credentials ($CREDENTIALS_DIRECTORY), if anywhere.
std::optional<std::string> credentials_directory();
// Where a credential is, if there are any.
Result<std::string> credential_path(std::string_view name,
                                    const std::optional<std::string>& credentials);

// Reads the keys that a document names: 32 to 64 bytes, as they are or as hex:DIGITS, with or
// without an end of line. A file must be root's, or ours, and closed to everybody else. `file` is
// what the document is called.
KeyFiles read_keys(const std::vector<InFile<PlacedKey>>& keys, std::string_view file,
                   const std::optional<std::string>& credentials);

}  // namespace holdfast
