// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"

namespace holdfast {

// Virtual routers, or what stands beside them under `static`: else a vrrp-worker has nothing to do.
inline bool has_routing(const Config& config) {
  return !config.instances.empty() || config.fixed != StaticConfig{};
}

}  // namespace holdfast
