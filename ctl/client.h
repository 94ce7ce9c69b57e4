// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// What the daemon with this runtime directory says of itself, a JSON document. An error says why it
// cannot be reached.
Result<std::string> ask_daemon(const std::string& runtime_dir);

}  // namespace holdfast::ctl
