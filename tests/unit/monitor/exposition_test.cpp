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

TEST(Exposition, OfAHistogramHasEachBucketWithThoseBelow) {
  DurationHistogram histogram;
  for (const int took : {50, 200, 250, 60'000'000}) histogram.add(Duration{took});
  const std::string text =
      exposition_of({{"c", "Takes.", MetricKind::kHistogram, {{{}, 0, histogram}}}});
  for (const char* const line :
       {"# TYPE c histogram\n", "c_count 4\n", "c_sum 60.0005\n", "c_bucket{le=\"0.0001\"} 1\n",
        "c_bucket{le=\"0.0003\"} 3\n", "c_bucket{le=\"30\"} 3\n", "c_bucket{le=\"+Inf\"} 4\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace holdfast::monitor
