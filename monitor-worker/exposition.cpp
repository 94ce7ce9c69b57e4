// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/exposition.h"

#include <prometheus/text_serializer.h>

#include <utility>

namespace holdfast::monitor {

std::string exposition_of(const std::vector<MetricFamily>& families) {
  std::vector<prometheus::MetricFamily> all;
  for (const MetricFamily& family : families) {
    const bool counter = family.kind == MetricKind::kCounter;
    prometheus::MetricFamily one;
    one.name = family.name;
    one.help = family.help;
    one.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const Sample& sample : family.samples) {
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      (counter ? metric.counter.value : metric.gauge.value) = sample.value;
      one.metric.push_back(std::move(metric));
    }
    all.push_back(std::move(one));
  }
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace holdfast::monitor
