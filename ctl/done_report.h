// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// Of the answer to what is done or not: nothing, or why not.
Result<std::string> done_report(const std::string& document);

}  // namespace holdfast::ctl
