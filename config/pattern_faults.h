// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

// The patterns that are none, at their place in the document. Takes what compiles them, which
// load_config() has not: it is called in every process.
std::vector<Diagnostic> pattern_faults(const std::vector<InFile<PlacedPattern>>& patterns,
                                       std::string_view file);

}  // namespace holdfast
