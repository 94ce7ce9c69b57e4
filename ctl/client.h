// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// What the daemon with this runtime directory answers to a request (docs/status.md), a JSON
// document. An error says why it cannot be reached, or does not answer within the patience.
Result<std::string> ask_daemon(const std::string& runtime_dir, const std::string& request,
                               std::chrono::seconds patience = std::chrono::seconds{5});

}  // namespace holdfast::ctl
