// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "ctl/doctor/finding.h"

namespace holdfast::ctl {

// What a running daemon has heard of others that is not as it should be, of the answer to "status":
// another speaker with our VRID, keys or clocks that differ, workers that do not run, receivers of
// alerts that are not told.
Result<Findings> peer_findings(const std::string& status);

}  // namespace holdfast::ctl
