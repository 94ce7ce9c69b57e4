// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "config/alert_files.h"
#include "config/command_files.h"
#include "config/key_files.h"
#include "config/load.h"
#include "config/pattern_faults.h"
#include "config/sealed.h"
#include "config/tls_files.h"
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

// Of the keys that can be seen from here: systemd shows its credentials to the service alone.
std::vector<Diagnostic> key_faults(std::vector<PlacedKey> keys, const std::string& file) {
  const auto credentials = credentials_directory();
  std::erase_if(keys, [&](const PlacedKey& one) { return one.key.file.empty() && !credentials; });
  return read_keys(keys, file, credentials).faults;
}

int check(const std::string& file) {
  std::array<char, HOST_NAME_MAX + 1> host{};
  ::gethostname(host.data(), HOST_NAME_MAX);
  const Result<std::string> document = read_document(file);
  if (!document) return failed(kFailed, document.error().message);
  Loaded loaded = load_config(*document, file, host.data());
  // To others some of the files would be out of sight.
  if (loaded.ok() && ::geteuid() == 0) {
    loaded.diagnostics = command_faults(loaded.commands, file);
    const std::vector<Diagnostic> keys = key_faults(loaded.keys, file);
    loaded.diagnostics.insert(loaded.diagnostics.end(), keys.begin(), keys.end());
    const std::vector<Diagnostic> tls = read_tls_files(loaded.files, file).faults;
    loaded.diagnostics.insert(loaded.diagnostics.end(), tls.begin(), tls.end());
    const std::vector<Diagnostic> alerts = read_alert_files(loaded.alert_files, file).faults;
    loaded.diagnostics.insert(loaded.diagnostics.end(), alerts.begin(), alerts.end());
  }
  const std::vector<Diagnostic> patterns = pattern_faults(loaded.patterns, file);
  loaded.diagnostics.insert(loaded.diagnostics.end(), patterns.begin(), patterns.end());
  std::string lines;
  for (const Diagnostic& fault : loaded.diagnostics) lines += fault.to_string() + "\n";
  if (!loaded.ok()) {
    print(lines);
    return kFailed;
  }
  return print(file + ": valid, " + std::to_string(loaded.config.instances.size()) +
               " virtual routers, " + std::to_string(loaded.config.checks.size()) + " checks, " +
               std::to_string(loaded.config.virtual_servers.size()) + " virtual servers\n");
}

}  // namespace

std::vector<Verb> add_check(CLI::App& program, const Globals& /*globals*/) {
  const auto file = std::make_shared<std::string>();
  CLI::App* const verb = program.add_subcommand(
      "check", "is this file a valid configuration? A line FILE:LINE:COLUMN: message a fault");
  verb->add_option("FILE", *file)->required();
  return {{verb, [file] { return check(*file); }}};
}

}  // namespace holdfast::ctl
