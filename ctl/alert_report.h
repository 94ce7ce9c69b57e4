// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

// The names in the daemon's answer to "alerts".
Result<std::vector<std::string>> receivers_in(const std::string& document);

struct TestReport {
  std::string text;  // a line: "ops: told: HTTP 200"
  bool good = false;
};
// Of the daemon's answer to "alerts test NAME".
Result<TestReport> test_report(const std::string& document);

}  // namespace holdfast::ctl
