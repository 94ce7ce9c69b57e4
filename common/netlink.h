// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/owned_fd.h"

struct nlmsghdr;

// What goes over a netlink socket that does not block, whatever its protocol.
namespace holdfast {

// False: errno tells why not.
bool netlink_send(const OwnedFd& socket, std::span<const std::uint8_t> packet);

enum class Receipt { kDatagram, kNothing, kLost };

// The next datagram of the kernel that is queued, cut to `datagram`. kNothing: errno is EAGAIN.
// kLost: errno tells; ENOBUFS means that there was more than the socket, or the buffer, had room
// for.
Receipt netlink_receive(const OwnedFd& socket, std::span<std::uint8_t> buffer,
                        std::span<std::uint8_t>& datagram);

// The answer to a request, or the end of a dump: an errno, or 0. None: it is another message.
std::optional<int> netlink_answer(const nlmsghdr* message);

}  // namespace holdfast
