// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "config/load.h"

namespace holdfast {

struct TlsFiles {
  std::map<std::string, std::string> files;  // by path
  std::vector<Diagnostic> faults;  // at the place of the key; no word of what a file holds
};

// Reads the files that checks name: PEM, at most 1 MiB each, at most 64 of them. That of a key must
// be root's, or ours, and closed to everybody else.
TlsFiles read_tls_files(const std::vector<InFile<PlacedFile>>& named, std::string_view file,
                        const std::optional<std::string>& credentials);

// A regular file of at most 1 MiB, or such a credential, by whose name in the document it is known.
// `closed`: root's, or ours, and closed to everybody else.
Result<std::string> read_named_file(const PlacedFile& named,
                                    const std::optional<std::string>& credentials);
// The same, of PEM.
Result<std::string> read_pem(const PlacedFile& named,
                             const std::optional<std::string>& credentials);

}  // namespace holdfast
