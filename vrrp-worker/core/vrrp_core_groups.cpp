// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "vrrp-worker/core/intervals.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's sync groups. Three rules keep their members together, and none of them flaps when two
// nodes disagree, each of them the better one for another member:
//  - A fault of one is a fault of all.
//  - A backup takes over only when every member is active or would take over now.
//  - An active member yields when another member obeys a peer: at once if the peer's address is the
//    higher one, else when the peer has had the time to do so itself.
// Two nodes that became active at the same moment are each the better one for another member. The
// one of the lower addresses yields, and the other goes on. Should both yield nevertheless, they do
// not take over at the same moment again: each waits for another time.
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

// Of a whole group, or of one that is in none.
void VrrpCore::stand_together(Instance& instance) {
  const std::vector<Instance*>* const members = instance.group();
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
  const std::vector<Instance*>* const members = instance.group();
  return members == nullptr ||
         std::all_of(members->begin(), members->end(), [this](const Instance* member) {
           return member->router.state() == VrrpState::kActive ||
                  member->router.takes_over_at(now_);
         });
}

// An heir takes over all members at once: when it is due for the slowest.
Duration VrrpCore::heir_needs(const std::vector<Instance*>& members) {
  Duration longest{0};
  for (const Instance* member : members) {
    const InstanceConfig& config = member->config;
    longest = std::max(
        longest, hand_over_time(config.version, member->standing.priority, config.advert_interval));
  }
  return longest;
}

// Of groups whose members a reload has changed: whom a member waited for may be gone, and who is
// new may be active or not.
void VrrpCore::regroup(const std::set<std::string>& changed) {
  for (const std::string& name : changed) {
    const auto it = groups_.find(name);
    if (it != groups_.end()) keep_together(*it->second.front());
  }
  for (auto& [name, instance] : instances_) {
    if (instance.waits && instance.group() == nullptr) tick(instance);
  }
}

// After anything that a router was told.
void VrrpCore::keep_together(const Instance& instance) {
  const std::vector<Instance*>* const members = instance.group();
  if (members == nullptr || stopping_) return;
  const Duration needs = heir_needs(*members);
  Instance* obeying = nullptr;  // of those that do, the first for which the others yield
  Time yields_at{};
  for (Instance* member : *members) {
    member->others_yield_at.reset();
    if (!member->router.obeys() || member->router.takes_over_at(now_)) continue;
    // A peer needs as long to hear an advert of ours, and to say that it yields.
    const bool higher = member->router.last_heard() > member->standing.primary_address;
    const Time at = higher ? now_ : member->router.since() + needs;
    if (obeying != nullptr && yields_at <= at) continue;
    obeying = member;
    yields_at = at;
  }
  const bool due = group_is_due(instance);  // and stays so while one after the other takes over
  for (Instance* member : *members) {
    const Router& router = member->router;
    if (router.state() == VrrpState::kActive && obeying != nullptr && yields_at > now_) {
      obeying->others_yield_at = yields_at;
    } else if (router.state() == VrrpState::kActive && obeying != nullptr) {
      const std::string why =
          "sync group " + instance.config.sync_group + ": " + obeying->config.name + " is backup";
      const Yield yield{why, patience(member->config, member->standing.primary_address), needs};
      perform(*member, member->router.handle(yield, now_));
    } else if (router.takes_over_at(now_) && due) {
      perform(*member, member->router.handle(Tick{}, now_));
    }
  }
  for (Instance* member : *members) schedule(*member, member->deadline());
}

}  // namespace holdfast::vrrp
