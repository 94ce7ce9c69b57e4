// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "common/core/result.h"

namespace holdfast::supervisor {

inline constexpr std::int32_t kFileValueMax = 1'000'000;  // and as much below zero

inline constexpr const char* kFileIsEmpty = "is empty";  // an error, perhaps not for long

// The whole number in a tracked file, which may have blanks and newlines around it. The error does
// not quote the file: it may be another than was meant.
Result<std::int32_t> file_value(std::string_view content);

}  // namespace holdfast::supervisor
