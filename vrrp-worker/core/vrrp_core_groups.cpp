// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's sync groups. Three rules keep their members together, and none of them flaps when two
// nodes disagree, each of them the better one for another member:
//  - A fault of one is a fault of all.
//  - A backup takes over only when every member is active or would take over now.
//  - An active member yields as soon as another member obeys a peer.
// Two nodes that became active at the same moment, each the better one for another member, both
// yield. So that they do not take over at the same moment again, each then waits for another time.
namespace holdfast::vrrp {

namespace {

// Less than an interval, and of each node of a link another: addresses that follow each other are
// far apart. Never a multiple of 1/256 interval, in which Skew_Time differs.
Duration patience(const InstanceConfig& config, const IpAddress& own_address) {
  unsigned folded = 0;
  for (const std::uint8_t byte : own_address.bytes()) folded ^= byte;
  unsigned reversed = 0;
  for (unsigned bit = 0; bit < 8; ++bit) reversed |= ((folded >> bit) & 1U) << (7U - bit);
  return config.advert_interval * static_cast<int>(reversed) / 257;
}

}  // namespace

// Null: it is in no group.
const std::vector<Instance*>* VrrpCore::group_of(const Instance& instance) const {
  const auto it = groups_.find(instance.config.sync_group);
  return instance.leaving || it == groups_.end() ? nullptr : &it->second;
}

// Of a whole group, or of one that is in none.
void VrrpCore::stand_together(Instance& instance) {
  const std::vector<Instance*>* const members = group_of(instance);
  if (members == nullptr) return take_stand(instance, instance.own_standing);
  const Instance* const faulty = first_in_fault(*members);
  for (Instance* member : *members) take_stand(*member, shared_standing(*member, faulty));
}

const Instance* VrrpCore::first_in_fault(const std::vector<Instance*>& members) {
  const auto it = std::find_if(members.begin(), members.end(), [](const Instance* member) {
    return member->own_standing.fault.has_value();
  });
  return it == members.end() ? nullptr : *it;
}

Standing VrrpCore::shared_standing(const Instance& instance, const Instance* faulty) {
  Standing standing = instance.own_standing;
  if (!standing.fault && faulty != nullptr) {
    standing.fault = "sync group " + instance.config.sync_group + ": " + faulty->config.name +
                     ": " + *faulty->own_standing.fault;
  }
  return standing;
}

bool VrrpCore::group_is_due(const Instance& instance) const {
  const std::vector<Instance*>* const members = group_of(instance);
  return members == nullptr ||
         std::all_of(members->begin(), members->end(), [this](const Instance* member) {
           return member->router.state() == VrrpState::kActive ||
                  member->router.takes_over_at(now_);
         });
}

// Of groups whose members a reload has changed: whom a member waited for may be gone, and who is
// new may be active or not.
void VrrpCore::regroup(const std::set<std::string>& changed) {
  for (auto& [name, instance] : instances_) {
    if (!changed.contains(instance.config.sync_group)) continue;
    if (instance.waits_for_group) tick(instance);
    keep_together(instance);
  }
}

// After anything that a router was told.
void VrrpCore::keep_together(const Instance& instance) {
  const std::vector<Instance*>* const members = group_of(instance);
  if (members == nullptr || stopping_) return;
  const auto obeying =
      std::find_if(members->begin(), members->end(), [this](const Instance* member) {
        return member->router.obeys() && !member->router.takes_over_at(now_);
      });
  const bool due = group_is_due(instance);  // and stays so while one after the other takes over
  for (Instance* member : *members) {
    const Router& router = member->router;
    if (router.state() == VrrpState::kActive && obeying != members->end()) {
      const std::string why = "sync group " + instance.config.sync_group + ": " +
                              (*obeying)->config.name + " is backup";
      const Yield yield{why, patience(member->config, member->standing.primary_address)};
      perform(*member, member->router.handle(yield, now_));
    } else if (router.takes_over_at(now_) && due) {
      perform(*member, member->router.handle(Tick{}, now_));
    }
  }
}

}  // namespace holdfast::vrrp
