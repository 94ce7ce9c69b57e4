// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "monitor-worker/core/metrics.h"

namespace holdfast::monitor {

inline constexpr const char* kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

// As Prometheus reads them.
std::string exposition_of(const std::vector<MetricFamily>& families);

}  // namespace holdfast::monitor
