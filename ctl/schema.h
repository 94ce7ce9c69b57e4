// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace holdfast::ctl {

// The JSON Schema (draft 2020-12) of the configuration, of the very tables that the parser reads
// by. It refuses nothing that the parser takes; what has to do with two values at once, or with
// the range of a time, only the parser knows. A key that the parser requires is required here only
// of a document without `include` and `nodes`, whose parts need not be whole.
std::string configuration_schema();

}  // namespace holdfast::ctl
