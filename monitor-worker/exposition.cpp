// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/exposition.h"

#include <prometheus/text_serializer.h>

#include <utility>

namespace holdfast::monitor {

namespace {

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

// In seconds, and each bucket with all below it. The library adds the one without a bound.
prometheus::ClientMetric::Histogram histogram_of(const DurationHistogram& histogram) {
  prometheus::ClientMetric::Histogram made;
  made.sample_sum = static_cast<double>(histogram.sum) / 1e6;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    count += histogram.counts.at(i);
    made.bucket.push_back({count, DurationHistogram::kBounds.at(i) / 1e6});
  }
  made.sample_count = count + histogram.counts.back();
  return made;
}

}  // namespace

std::string exposition_of(const std::vector<MetricFamily>& families) {
  std::vector<prometheus::MetricFamily> all;
  for (const MetricFamily& family : families) {
    prometheus::MetricFamily one;
    one.name = family.name;
    one.help = family.help;
    one.type = type_of(family.kind);
    for (const Sample& sample : family.samples) {
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      switch (family.kind) {
        case MetricKind::kGauge:
          metric.gauge.value = sample.value;
          break;
        case MetricKind::kCounter:
          metric.counter.value = sample.value;
          break;
        case MetricKind::kHistogram:
          metric.histogram = histogram_of(sample.histogram.value_or(DurationHistogram{}));
          break;
      }
      one.metric.push_back(std::move(metric));
    }
    all.push_back(std::move(one));
  }
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace holdfast::monitor
