// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "config/load.h"

namespace holdfast {

// Puts the patterns that are none among the faults, all in the order of the document. Takes what
// compiles them, which load_config() has not: it is called in every process.
void add_pattern_faults(Loaded& loaded, std::string_view file);

}  // namespace holdfast
