// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

std::string file_with(const std::string& process) {
  return "version: 1\nvrrp:\n  process: " + process + "\n";
}

TEST(LoadProcess, IsOrdinaryByDefault) {
  EXPECT_EQ(config_of(file_with("{}")).vrrp_process, ProcessConfig{});
  EXPECT_EQ(config_of("version: 1\n").vrrp_process, ProcessConfig{});
}

TEST(LoadProcess, EveryKey) {
  ProcessConfig wanted;
  wanted.memory_locked = true;
  wanted.real_time = RealTimeConfig{99, std::chrono::milliseconds{10}};
  wanted.cpu_affinity = {3, 0, 1023};
  wanted.oom_score = std::int16_t{-1000};
  EXPECT_EQ(config_of(file_with("{memory_locked: true, real_time: {priority: 99, limit: 10ms}, "
                                "cpu_affinity: [3, 0, 1023], oom_score: -1000}"))
                .vrrp_process,
            wanted);
  const auto real_time = config_of(file_with("{real_time: {priority: 1}}")).vrrp_process.real_time;
  ASSERT_TRUE(real_time.has_value());
  EXPECT_EQ(real_time->limit, std::chrono::seconds{1});
}

TEST(LoadProcess, WhatIsWrongIsSaid) {
  EXPECT_EQ(faults_of(file_with("{real_time: {limit: 1s}}")),
            "f:3:23: real_time has no 'priority'\n");
  EXPECT_EQ(faults_of(file_with("{real_time: {priority: 100}}")),
            "f:3:34: priority: found '100', expected a whole number from 1 to 99\n");
  EXPECT_EQ(faults_of(file_with("{oom_score: -1001}")),
            "f:3:23: oom_score: found '-1001', expected a whole number from -1000 to 1000\n");
  for (const std::string bad : {"-1", "1024", "zero", "01"}) {
    EXPECT_EQ(faults_of(file_with("{cpu_affinity: [" + bad + "]}")),
              "f:3:27: cpu_affinity: found '" + bad +
                  "', expected the number of a processor, 0 to 1023, once\n");
  }
  EXPECT_EQ(
      faults_of(file_with("{cpu_affinity: [1, 1]}")),
      "f:3:30: cpu_affinity: found '1', expected the number of a processor, 0 to 1023, once\n");
  EXPECT_NE(faults_of(file_with("{priority: 1}")).find("unknown key 'priority'"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast
