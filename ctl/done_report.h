// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// Of the answer to what is done or not: nothing, or why not.
Result<std::string> done_report(const std::string& document);

// The lines that the answer adds to why not.
std::string details_report(const std::string& document);

// The configuration that is in force.
struct RunningConfiguration {
  std::string file;
  std::string node;
  std::string text;
};
Result<RunningConfiguration> running_configuration(const std::string& document);

}  // namespace holdfast::ctl
