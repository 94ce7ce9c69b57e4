// SPDX-License-Identifier: Apache-2.0
#include "config/named_files.h"

#include <vector>

#include "config/command_files.h"

namespace holdfast {

NamedFiles read_named_files(Loaded& loaded, std::string_view file,
                            const std::optional<std::string>& credentials) {
  NamedFiles read{read_keys(loaded.keys, file, credentials),
                  read_tls_files(loaded.files, file, credentials),
                  read_alert_files(loaded.alert_files, file, credentials),
                  read_tls_files(loaded.witness_files, file, credentials),
                  read_alert_files(loaded.witness_secrets, file, credentials)};
  const auto add = [&loaded](const std::vector<Diagnostic>& faults) {
    loaded.diagnostics.insert(loaded.diagnostics.end(), faults.begin(), faults.end());
  };
  add(command_faults(loaded.commands, file));
  add(read.keys.faults);
  add(read.tls.faults);
  add(read.alerts.faults);
  add(read.witness.faults);
  add(read.witness_secrets.faults);
  return read;
}

}  // namespace holdfast
