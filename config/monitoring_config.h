// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"

namespace holdfast {

// What is served over HTTP, for reading only.
struct MonitoringConfig {
  std::vector<Endpoint> listen;    // at most 16, unique; none: there is no monitor-worker
  std::vector<IpPrefix> allow;     // at most 64, who may ask; none: whoever reaches it
  std::uint32_t connections = 64;  // 1..256, at once
  Duration timeout = std::chrono::seconds{10};  // 100 ms..1 min, of a question and its answer
  bool operator==(const MonitoringConfig&) const = default;
};

}  // namespace holdfast
