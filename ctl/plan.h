// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ctl {

// One thing that a reload would change, and what of that a client would notice, if anything.
struct PlannedChange {
  std::string what;        // "vrrp: instances: web: priority: 100 -> 150"
  std::string interrupts;  // empty: nothing
  bool operator==(const PlannedChange&) const = default;
};

// What changes if a node goes from one valid document to another, both without references. A
// password is not shown.
std::vector<PlannedChange> plan(std::string_view from, std::string_view to, std::string_view node);

// In words, for a person.
std::string plan_text(const std::vector<PlannedChange>& changes);
// And for programs: `api`, `node`, `changes[]` of `what` and `interrupts` (or null).
std::string plan_json(const std::string& node, const std::vector<PlannedChange>& changes);

}  // namespace holdfast::ctl
