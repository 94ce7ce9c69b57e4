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

Result<OwnedFd> open_netlink_socket();  // for commands

// For the kernel's events about interfaces, addresses, rules, and those routes that carry our mark.
// But not of the IPv4 addresses that the socket of port `renewer` adds, or adds anew.
Result<OwnedFd> open_netlink_events(std::uint32_t renewer);

// Of such a socket: hears of everybody's routes to networks of these lengths, beside ours. False:
// errno tells why not.
bool hear_of_changes(const OwnedFd& socket, std::uint32_t renewer,
                     const std::set<std::pair<Family, std::uint8_t>>& lengths);

// A socket for nf_tables hears of events only from then on (false: errno tells why not).
bool hear_of_filters(const OwnedFd& socket);
std::uint32_t port_of(const OwnedFd& socket);  // 0: it has none

}  // namespace holdfast::vrrp
