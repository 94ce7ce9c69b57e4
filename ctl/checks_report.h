// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

struct CheckFilter {
  std::vector<std::string> names{};  // shell patterns, any of which will do; none: all
  bool down = false;                 // leave out what is up
};

// Of the answer to "checks", what the filter lets through: for a person, and as it is. An error if
// a pattern fits no check.
Result<std::string> checks_report(const std::string& document, const CheckFilter& filter,
                                  bool colours);
Result<std::string> checks_json(const std::string& document, const CheckFilter& filter);

// Of the answer to "checks run", for a person.
struct RunReport {
  std::string text;
  bool good = false;
};
Result<RunReport> run_report(const std::string& document, bool colours);

}  // namespace holdfast::ctl
