// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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

// When thousands of virtual routers act at once, each phase of all comes before the next: the last
// advert does not wait for the first address, and a phase is a few system calls. Only what follows
// a removal stays behind it, since it may undo it. Points into `actions`.
std::vector<const VrrpAction*> in_phases(const VrrpActions& actions);

}  // namespace holdfast::vrrp
