// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/netlink.h"
#include "common/owned_fd.h"

// Sockets of rtnetlink, which never block.
namespace holdfast::vrrp {

// For commands, or for the kernel's events about interfaces, addresses, rules, and those routes
// that carry our mark.
Result<OwnedFd> open_netlink_socket(bool events);

// Of a socket for events: hears of everybody's routes to networks of these lengths, beside ours.
// False: errno tells why not.
bool hear_of_routes(const OwnedFd& socket,
                    const std::set<std::pair<Family, std::uint8_t>>& lengths);

// A socket for nf_tables hears of events only from then on (false: errno tells why not).
bool hear_of_filters(const OwnedFd& socket);
std::uint32_t port_of(const OwnedFd& socket);  // 0: it has none

}  // namespace holdfast::vrrp
