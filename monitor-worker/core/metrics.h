// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/core/time.h"
#include "monitor-worker/core/node_copy.h"

// What is known of a node, as metrics by the conventions of Prometheus. docs/metrics.md lists them.
namespace holdfast::monitor {

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;  // name and value
  double value = 0;
  bool operator==(const Sample&) const = default;
};

enum class MetricKind : std::uint8_t { kGauge, kCounter };

struct MetricFamily {
  std::string name;
  std::string help;
  MetricKind kind{};
  std::vector<Sample> samples;  // with the same labels, none twice
  bool operator==(const MetricFamily&) const = default;
};

struct BuildInfo {
  std::string version;
  std::string build;
};

// `boot`: when Time began. A family without a sample is left out: what is not known has no value.
std::vector<MetricFamily> metrics_of(const NodeCopy& node, const BuildInfo& build, RealTime boot);

}  // namespace holdfast::monitor
