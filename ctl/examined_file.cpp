// SPDX-License-Identifier: Apache-2.0
#include "ctl/examined_file.h"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "config/command_files.h"
#include "config/key_files.h"
#include "config/pattern_faults.h"
#include "config/sealed.h"
#include "config/tls_files.h"

namespace holdfast::ctl {
namespace {

// Of the keys that can be seen from here: systemd shows its credentials to the service alone.
std::vector<Diagnostic> key_faults(std::vector<PlacedKey> keys, const std::string& file) {
  const auto credentials = credentials_directory();
  std::erase_if(keys, [&](const PlacedKey& one) { return one.key.file.empty() && !credentials; });
  return read_keys(keys, file, credentials).faults;
}

}  // namespace

Result<Loaded> examined(const std::string& file) {
  std::array<char, HOST_NAME_MAX + 1> host{};
  ::gethostname(host.data(), HOST_NAME_MAX);
  const Result<std::string> document = read_document(file);
  if (!document) return tl::unexpected(document.error());
  Loaded loaded = load_config(*document, file, host.data());
  // To others some of the files would be out of sight.
  if (loaded.ok() && ::geteuid() == 0) {
    loaded.diagnostics = command_faults(loaded.commands, file);
    const std::vector<Diagnostic> keys = key_faults(loaded.keys, file);
    loaded.diagnostics.insert(loaded.diagnostics.end(), keys.begin(), keys.end());
    const std::vector<Diagnostic> tls = read_tls_files(loaded.files, file).faults;
    loaded.diagnostics.insert(loaded.diagnostics.end(), tls.begin(), tls.end());
  }
  const std::vector<Diagnostic> patterns = pattern_faults(loaded.patterns, file);
  loaded.diagnostics.insert(loaded.diagnostics.end(), patterns.begin(), patterns.end());
  return loaded;
}

}  // namespace holdfast::ctl
