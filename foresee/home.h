// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "foresee/node.h"

namespace holdfast::foresee {

// The home of each node: what its configuration says it is; else what the unicast peers of the
// others say; else an address of its own that nobody else has.
std::vector<Home> homes_of(const std::vector<NodePlan>& nodes);

}  // namespace holdfast::foresee
