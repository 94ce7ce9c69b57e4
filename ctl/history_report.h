// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

struct HistoryFilter {
  std::vector<std::string> names{};  // shell patterns of subjects, any of which will do; none: all
  std::size_t last = 0;              // only so many, the newest; 0: all
};

// Of the answer to "history", oldest first: for a person, and as it is. An error if a pattern fits
// nothing that it speaks of.
Result<std::string> history_report(const std::string& document, const HistoryFilter& filter,
                                   bool colours);
Result<std::string> history_json(const std::string& document, const HistoryFilter& filter);

}  // namespace holdfast::ctl
