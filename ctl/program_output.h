// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

// Runs a program, found in the system's folders and not by PATH, and waits for its end. An error if
// it is not there, writes more than 64 MiB, or fails.
Result<std::string> output_of(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
