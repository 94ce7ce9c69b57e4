// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/log_line.h"
#include "vrrp-worker/core/instance.h"

namespace holdfast::vrrp {

// What the log says of a change of state that has just happened: to a person in a sentence, to a
// program in fields (docs/operations.md, Logs).
LogLine transition_line(const Instance& instance, const StateChanged& change);

}  // namespace holdfast::vrrp
