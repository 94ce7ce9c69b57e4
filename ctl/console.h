// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// The exit status, which scripts may rely on.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNotReachable = 3;

int print(const std::string& text);                      // to the standard output
int failed(int status, const std::string& why);          // says it on the standard error
int show(const Result<std::string>& text);               // prints it, or fails
bool wants_colours();                                    // of the standard output: no-color.org

}  // namespace holdfast::ctl
