// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

// What is wrong with the programs that a document names, at the place of each: a user that does not
// exist, a file that is missing or that others could change. Looks at the file system of now, and
// must be root to see all of it. `file` is what the document is called.
std::vector<Diagnostic> command_faults(const std::vector<InFile<PlacedCommand>>& commands,
                                       std::string_view file);

}  // namespace holdfast
