// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// A raw ICMP socket to be passed to the check-worker, which has no capability to make one; the
// unprivileged kind that the kernel has is closed to every group by default
// (net.ipv4.ping_group_range). It sends what its owner likes, as ICMP, and lets in nothing but echo
// replies with this identifier.
Result<OwnedFd> open_ping_socket(Family family, std::uint16_t identifier);

}  // namespace holdfast::supervisor
