// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/alert_files.h"
#include "config/key_files.h"
#include "config/load.h"
#include "config/tls_files.h"

namespace holdfast {

// What the files hold that a document names.
struct NamedFiles {
  KeyFiles keys;
  TlsFiles tls;
  AlertFiles alerts;
  TlsFiles witness;
  AlertFiles witness_secrets;
};

// Reads them, and looks at the programs that it names; adds what is wrong to loaded.diagnostics.
// `file` is what the document is called, `credentials` as of read_keys().
NamedFiles read_named_files(Loaded& loaded, std::string_view file,
                            const std::optional<std::string>& credentials);

}  // namespace holdfast
