// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "config/load.h"

namespace holdfast::ctl {

struct CheckOptions {
  std::string file;
  std::string node{};   // whose configuration; empty: this host's, or each that the file names
  bool strict = false;  // a warning is a failure, too
};

struct CheckReport {
  bool good = false;
  std::string text;  // a line FILE:LINE:COLUMN: message a fault or warning, with the line it means
};

// Is this file a valid configuration, here and now? Beside what the file says itself, looks at the
// programs, keys and files that it names, as far as this user can see them, and at the networks of
// the interfaces that this node has.
CheckReport check_file(const CheckOptions& options);

// The same as a document: `api`, `file`, `good`, and `nodes[]` of `node`, `good` and `findings[]`.
CheckReport check_json(const CheckOptions& options);

// The same of one node, for who wants to know more of it; without a name of this host.
Result<Loaded> examined(const std::string& file, std::string node);

// The configuration of one node as a document that needs no other, or what is wrong.
CheckReport render_file(const CheckOptions& options);

}  // namespace holdfast::ctl
