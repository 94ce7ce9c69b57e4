// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "common/core/result.h"
#include "common/owned_fd.h"

// Sockets of rtnetlink, which never block.
namespace holdfast::vrrp {

// For commands, or for the kernel's events about interfaces, addresses, rules, and those routes
// that carry our mark.
Result<OwnedFd> open_netlink_socket(bool events);

// For nf_tables. Of events it hears only once hear_of_filters() says so (false: errno tells why
// not).
Result<OwnedFd> open_netfilter_socket();
bool hear_of_filters(const OwnedFd& socket);
std::uint32_t port_of(const OwnedFd& socket);  // 0: it has none

// False: errno tells why not.
bool netlink_send(const OwnedFd& socket, std::span<const std::uint8_t> packet);

enum class Receipt { kDatagram, kNothing, kLost };

// The next datagram that is queued, cut to `datagram`. kLost: errno tells; ENOBUFS means that there
// was more than the socket had room for.
Receipt netlink_receive(const OwnedFd& socket, std::span<std::uint8_t> buffer,
                        std::span<std::uint8_t>& datagram);

}  // namespace holdfast::vrrp
