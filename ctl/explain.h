// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foresee/world.h"

namespace holdfast::ctl {

// This node as it is now, and the others as far as they are known.
struct Present {
  foresee::NodePlan own;  // with `resumed` and `up`
  std::vector<foresee::NodePlan> others;
};

// What would happen to one instance if something failed, or came back, now.
struct Prospect {
  std::optional<foresee::Subject> subject;  // of this node; nothing: `node` dies
  std::string node;
  bool comes_back = false;  // the subject is not well now
  VrrpState state{};        // of the instance here, in the end; kInitialize: the node is dead
  Priority priority{};
  bool released = false;               // priority 0 was said, and heard
  std::vector<std::string> holders{};  // nodes, in the end
  std::optional<Duration> unheld{};    // at the most, until somebody holds it; nothing: for good
  std::string text{};                  // a sentence
};

struct Explained {
  std::string instance;
  VrrpState state{};  // what it is; if it would be another by itself, `note` says so
  Priority priority{};
  std::string note{};
  std::vector<std::string> holders{};  // where what follows begins
  std::vector<Prospect> prospects{};
};

// Of one instance, or of each if `instance` is empty.
std::vector<Explained> explain(const Present& present, const std::string& instance);

}  // namespace holdfast::ctl
