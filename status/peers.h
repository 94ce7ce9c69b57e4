// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast {

// The other routers that an instance has heard, and those that it is to hear and has not: what the
// status document says of them. `known` may be null; `instances`: how many this node has.
nlohmann::ordered_json peers_of(const InstanceConfig& instance, const Peers* known, Time now,
                                std::size_t instances);

}  // namespace holdfast
