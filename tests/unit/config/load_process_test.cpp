// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

std::string file_with(const std::string& process) {
  return "version: 1\nvrrp:\n  process: " + process + "\n";
}

ProcessConfig process_of(const std::string& process) {
  const Loaded loaded = load_config(file_with(process), "f", "host");
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{});
  return loaded.vrrp_process;
}

TEST(LoadProcess, IsInRealTimeByDefault) {
  EXPECT_EQ(process_of("{}"), ProcessConfig{});
  EXPECT_EQ(load_config("version: 1\n", "f", "host").vrrp_process, ProcessConfig{});
  const std::optional<RealTimeConfig> real_time = ProcessConfig{}.real_time;
  ASSERT_TRUE(real_time.has_value());
  EXPECT_EQ(real_time->priority, 1);
  EXPECT_EQ(real_time->limit, std::chrono::seconds{10});
  EXPECT_FALSE(real_time->asked);
}

TEST(LoadProcess, WhatIsSaidOfRealTimeIsAskedFor) {
  EXPECT_EQ(process_of("{real_time: false}").real_time, std::nullopt);
  const auto asked = [](std::uint8_t priority, Duration limit) {
    return RealTimeConfig{priority, limit, true};
  };
  const Duration usual = RealTimeConfig{}.limit;
  EXPECT_EQ(process_of("{real_time: true}").real_time, asked(1, usual));
  EXPECT_EQ(process_of("{real_time: {}}").real_time, asked(1, usual));
  EXPECT_EQ(process_of("{real_time: {priority: 50}}").real_time, asked(50, usual));
  EXPECT_EQ(process_of("{real_time: {limit: 1s}}").real_time, asked(1, std::chrono::seconds{1}));
}

TEST(LoadProcess, EveryKey) {
  ProcessConfig wanted;
  wanted.memory_locked = true;
  wanted.real_time = RealTimeConfig{99, std::chrono::milliseconds{10}, true};
  wanted.cpu_affinity = {3, 0, 1023};
  wanted.oom_score = std::int16_t{-1000};
  EXPECT_EQ(process_of("{memory_locked: true, real_time: {priority: 99, limit: 10ms}, "
                       "cpu_affinity: [3, 0, 1023], oom_score: -1000}"),
            wanted);
}

TEST(LoadProcess, WhatIsWrongIsSaid) {
  for (const std::string bad : {"1", "[true]", "[]"}) {
    EXPECT_EQ(faults_of(file_with("{real_time: " + bad + "}")).size(), 1U) << bad;
  }
  EXPECT_EQ(faults_of(file_with("{real_time: often}")),
            Texts{"f:3:24: real_time: found 'often', expected true, false or {priority: 50}"});
  EXPECT_EQ(faults_of(file_with("{real_time: {limit: 2m}}")),
            Texts{"f:3:32: limit: found '2m', expected a time from 10ms to 1m"});
  EXPECT_EQ(faults_of(file_with("{real_time: {prioritiy: 5}}")).size(), 1U);
  EXPECT_EQ(faults_of(file_with("{real_time: {priority: 100}}")),
            Texts{"f:3:35: priority: found '100', expected a whole number from 1 to 99"});
  EXPECT_EQ(faults_of(file_with("{oom_score: -1001}")),
            Texts{"f:3:24: oom_score: found '-1001', expected a whole number from -1000 to 1000"});
  for (const std::string bad : {"-1", "1024", "zero", "01"}) {
    EXPECT_EQ(faults_of(file_with("{cpu_affinity: [" + bad + "]}")),
              Texts{"f:3:28: cpu_affinity: found '" + bad +
                    "', expected the number of a processor, 0 to 1023, once"});
  }
  EXPECT_EQ(
      faults_of(file_with("{cpu_affinity: [1, 1]}")),
      Texts{
          "f:3:31: cpu_affinity: found '1', expected the number of a processor, 0 to 1023, once"});
  const Texts unknown = faults_of(file_with("{priority: 1}"));
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_NE(unknown[0].find("'priority'"), std::string::npos) << unknown[0];
}

}  // namespace
}  // namespace holdfast
