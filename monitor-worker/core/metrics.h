// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
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
  std::optional<DurationHistogram> histogram{};  // of such a family, instead
  bool operator==(const Sample&) const = default;
};

enum class MetricKind : std::uint8_t { kGauge, kCounter, kHistogram };

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

// Those who are told of events as they happen.
struct StreamCounts {
  std::size_t open = 0;
  std::uint64_t dropped = 0;  // since they did not read
};

// `boot`: when Time began. A family without a sample is left out: what is not known has no value.
std::vector<MetricFamily> metrics_of(const NodeCopy& node, const BuildInfo& build,
                                     const StreamCounts& streams, RealTime boot);

// A check's histogram is many samples: with more checks than these there is none.
inline constexpr std::size_t kCheckHistogramsMax = 500;

}  // namespace holdfast::monitor
