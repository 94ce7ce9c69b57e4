// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

// Why a virtual router is as it is, of the answers to "status" and "history": sentences from the
// present back to what came before, each the cause of the one above it. An error if there is no
// such router, or if a document is not understood.
Result<std::string> why_report(const std::string& status, const std::string& history,
                               const std::string& instance, bool colours);
Result<std::string> why_json(const std::string& status, const std::string& history,
                             const std::string& instance);

// What is said of a name that no instance of these names has.
std::string no_instance(const std::string& wanted, const std::vector<std::string>& names);

}  // namespace holdfast::ctl
