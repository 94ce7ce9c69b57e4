// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "vrrp-worker/core/link_table.h"
#include "vrrp-worker/core/route.h"
#include "vrrp-worker/core/vrrp_actions.h"

// Routes that stand in for addresses. For each address that it adds, the kernel goes through all
// that its interface has, and all their routes: 1,000 take 11 ms, 3,000 take 80. By a local route
// over the loopback the host answers for an IPv4 address, to ARP and to whatever is sent to it,
// just as well, and of these 1,000 take 2.5 ms, 3,000 take 8. So of hundreds of addresses the
// routes come first, then the announcements, then the addresses themselves, and the routes go. They
// carry our mark: those that a killed worker left behind are none that is wanted, and are removed
// as such.
namespace holdfast::vrrp {

// Takes the addresses that `actions` adds from `first` on out, if they are hundreds, and puts
// routes in their place. Returns what is to follow their announcement; nothing: they are few.
VrrpActions put_stand_ins(VrrpActions& actions, std::size_t first, const LinkTable& links);

bool is_stand_in(const Route& route);

}  // namespace holdfast::vrrp
