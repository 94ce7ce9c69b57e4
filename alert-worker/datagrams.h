// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/core/result.h"

namespace holdfast::alert {

// Sends each text as a datagram of its own; does not wait. That one has gone says nothing of its
// arrival; an error is what this host knows of it.
Result<void> send_datagrams(const Endpoint& to, const std::vector<std::string>& texts);

}  // namespace holdfast::alert
