// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's sync groups. Three rules keep their members together, and none of them flaps when two
// nodes disagree, each of them the better one for another member:
//  - A fault of one is a fault of all.
//  - A backup takes over only when every member is active or would take over now.
//  - An active member yields as soon as another member obeys a peer.
namespace holdfast::vrrp {

// Itself, if it is in no group.
std::vector<Instance*> VrrpCore::group_of(Instance& instance) {
  const auto it = groups_.find(instance.config.sync_group);
  if (instance.leaving || it == groups_.end()) return {&instance};
  return it->second;
}

Standing VrrpCore::shared_standing(Instance& instance) {
  Standing standing = instance.own_standing;
  for (const Instance* member : group_of(instance)) {
    if (standing.fault || !member->own_standing.fault) continue;
    standing.fault = "sync group " + instance.config.sync_group + ": " + member->config.name +
                     ": " + *member->own_standing.fault;
  }
  return standing;
}

bool VrrpCore::group_is_due(Instance& instance) {
  const std::vector<Instance*> members = group_of(instance);
  return std::all_of(members.begin(), members.end(), [this](const Instance* member) {
    return member->router.state() == VrrpState::kActive || member->router.takes_over_at(now_);
  });
}

// After anything that a router was told.
void VrrpCore::keep_together(Instance& instance) {
  const std::vector<Instance*> members = group_of(instance);
  if (members.size() < 2 || stopping_) return;
  const auto obeying = std::find_if(members.begin(), members.end(), [this](const Instance* member) {
    return member->router.obeys() && !member->router.takes_over_at(now_);
  });
  for (Instance* member : members) {
    const Router& router = member->router;
    if (router.state() == VrrpState::kActive && obeying != members.end()) {
      const std::string why = "sync group " + instance.config.sync_group + ": " +
                              (*obeying)->config.name + " is backup";
      perform(*member, member->router.handle(Yield{why}, now_));
    } else if (router.takes_over_at(now_) && group_is_due(*member)) {
      perform(*member, member->router.handle(Tick{}, now_));
    }
  }
}

}  // namespace holdfast::vrrp
