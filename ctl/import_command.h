// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// holdfastctl import: a keepalived.conf becomes a configuration of Holdfast.
namespace holdfast::ctl {

struct ImportOptions {
  std::string file;
  std::string output;     // empty: standard output
  std::string config_id;  // empty: the host's name up to its first dot, as keepalived has it
  bool json = false;      // of the report
  bool strict = false;    // write nothing if anything is reported
};

// The exit status: 0 all is translated; 1 nothing was written; 3 written, and something is
// reported; 4 written, and holdfastd would refuse it.
int import_command(const ImportOptions& options);

}  // namespace holdfast::ctl
