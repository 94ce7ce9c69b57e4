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

struct RunsBy {
  std::string file;
  std::string node;  // whose configuration of it
};

// What a daemon runs by, of its answer to "status".
Result<RunsBy> runs_by(const std::string& status);

}  // namespace holdfast::ctl
