// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/exposition.h"

#include <gtest/gtest.h>

namespace holdfast::monitor {
namespace {

TEST(Exposition, IsWhatPrometheusReads) {
  const std::vector<MetricFamily> families{
      {"a_total", "Counts.", MetricKind::kCounter, {{{{"of", "x\"\\\n"}}, 3}, {{}, 1e15}}},
      {"b", "Is.", MetricKind::kGauge, {{{}, 0.5}}}};
  EXPECT_EQ(exposition_of(families),
            "# HELP a_total Counts.\n# TYPE a_total counter\n"
            "a_total{of=\"x\\\"\\\\\\n\"} 3\na_total 1000000000000000\n"
            "# HELP b Is.\n# TYPE b gauge\nb 0.5\n");
  EXPECT_EQ(exposition_of({}), "");
}

}  // namespace
}  // namespace holdfast::monitor
