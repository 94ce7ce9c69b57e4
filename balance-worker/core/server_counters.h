// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "balance-worker/core/ipvs_counters.h"
#include "balance-worker/core/kernel_terms.h"
#include "common/core/messages.h"
#include "config/config.h"

namespace holdfast::balance {

// What the kernel counts of every configured server that it has, over all addresses of its virtual
// server.
std::vector<ServerCounters> counters_of(const VirtualServers& services, const Counters& counters,
                                        const MarksByName& marks);

// How often they are worth their messages: rarer with many servers.
Duration counting_interval(const VirtualServers& services);

}  // namespace holdfast::balance
