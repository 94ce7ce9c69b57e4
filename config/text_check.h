// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "config/faults.h"

namespace holdfast {

// Is this a text that a YAML parser and a person's editor see alike? It must be UTF-8 without
// control characters, its lines ending in LF or CRLF and in nothing else that may end one. Reports
// the first place where it is not.
bool check_text(std::string_view document, Faults& faults);

bool is_ascii(std::string_view text);

}  // namespace holdfast
