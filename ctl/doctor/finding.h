// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace holdfast::ctl {

// What is wrong on a host. All texts are sentences for a person.
struct Finding {
  std::string id;    // for programs: "firewall"
  std::string what;  // is found
  std::string why;   // it matters
  std::string mend;  // it, how
  bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

}  // namespace holdfast::ctl
