// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace holdfast {

// Whether a Perl-compatible pattern is found anywhere in a text, which may be any bytes. An error:
// it took more steps, or more memory, than one check may take of everybody's time; or the pattern
// is none, which pattern_fault() tells beforehand.
Result<bool> matches(const std::string& pattern, std::string_view text);

// Why this is no pattern; nothing: it is one.
std::optional<std::string> pattern_fault(const std::string& pattern);

}  // namespace holdfast
