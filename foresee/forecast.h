// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "foresee/node.h"

namespace holdfast::foresee {

// What becomes of a virtual router.
struct Fate {
  std::string instance;
  std::vector<std::string> holders;  // nodes, in the end; none: nobody. Two: both answer
  Duration unheld{0};  // how long nobody holds it, at the most; without holders it does not end
  std::vector<std::string> repaired{};  // holders, once what failed is as it was
  Duration unheld_by_repair{0};
  bool operator==(const Fate&) const = default;
};

struct Failure {
  std::string node;
  Subject subject;
  bool operator==(const Failure&) const = default;
};

struct Scenario {
  std::vector<Failure> failures;  // one, or two at the same moment
  std::vector<Fate> fates;        // of the virtual routers of the nodes, by name
  bool settled = true;            // false: something goes on changing for ever
};

struct Forecast {
  std::vector<Fate> start;  // all nodes switched on, and all is well; `repaired` is empty
  bool settled = true;
  std::vector<Scenario> singles;  // of each node: its death, then what it tracks
  std::vector<Scenario> doubles;  // of nodes that share a virtual router: the death of two
};

// Nodes that share no virtual router are no part of each other's future. The singles and doubles of
// a fleet are in the order of its nodes.
Forecast forecast(const std::vector<NodePlan>& nodes, vrrp::KeyedHash hash);

}  // namespace holdfast::foresee
