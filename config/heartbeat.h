// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast {

// How often at least a worker shows that its loop turns, and how long the supervisor goes without
// that sign before it kills. For the vrrp-worker both follow the shortest advert interval: a hang
// that is found within one interval leaves the next worker time to resume inside the two that a
// restart may take. Below 150 ms a busy machine would be taken for a hang, so at shorter intervals
// a hang costs a role change. The check-worker owes nobody an answer in time.
Duration heartbeat_interval(const Config& config, Role role);
Duration watchdog_time(const Config& config, Role role);

}  // namespace holdfast
