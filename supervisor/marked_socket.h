// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// A TCP or UDP socket with a mark, which takes CAP_NET_ADMIN, to be passed to the check-worker,
// which has no capability: it can connect it and cannot change the mark. Bound to nothing, it hears
// nothing.
Result<OwnedFd> open_marked_socket(const MarkedSocket& wanted);

}  // namespace holdfast::supervisor
