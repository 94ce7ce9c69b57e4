// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// The protocol's order of what a virtual router does: its device, the advert, the addresses (and
// first of all, what is not to reach them), the announcements, with the routes and rules that
// answers need, and only then those who want to know. What it lets go of comes by itself, the other
// way round.
enum class Phase : std::uint8_t {
  kDevices,
  kAdverts,
  kFilterAdditions,
  kAdditions,
  kRouteAdditions,
  kRuleAdditions,
  kAnnouncements,
  kRuleRemovals,
  kRouteRemovals,
  kRemovals,
  kFilterRemovals,
  kWords
};
Phase phase_of(const VrrpAction& action);

// What is done of a list of actions, by and by.
struct Share {
  std::vector<const SendPacket*> at_once;
  std::vector<const VrrpAction*> then;  // in the core's order
};

// Adverts wait for nothing, and so may overtake what was to be done before: neighbours and peers
// may learn early who is master, and who is no more. But for a list that changes devices, by which
// they may leave. Points into `actions`.
Share shared(const VrrpActions& actions);

// When many virtual routers act at once, each phase of all comes before the next, and is a few
// system calls. Only what follows a removal stays behind it, since it may undo it.
std::vector<const VrrpAction*> in_phases(std::span<const VrrpAction* const> actions);

}  // namespace holdfast::vrrp
