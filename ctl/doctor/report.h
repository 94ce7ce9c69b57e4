// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"
#include "ctl/doctor/finding.h"

namespace holdfast::ctl {

// `unseen`: what could not be looked at, and why.
std::string doctor_text(const Findings& findings, const std::vector<std::string>& unseen,
                        bool colours);
std::string doctor_json(const Findings& findings, const std::vector<std::string>& unseen);

// The file of the configuration that a daemon runs, of the answer to "status".
Result<std::string> config_file_of(const std::string& status);

}  // namespace holdfast::ctl
