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

ProcessConfig process_of(const std::string& process) {
  const Loaded loaded = load_config(file_with(process), "f", "host");
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{});
  return loaded.vrrp_process;
}

TEST(LoadProcess, IsOrdinaryByDefault) {
  EXPECT_EQ(process_of("{}"), ProcessConfig{});
  EXPECT_EQ(load_config("version: 1\n", "f", "host").vrrp_process, ProcessConfig{});
}

TEST(LoadProcess, EveryKey) {
  ProcessConfig wanted;
  wanted.memory_locked = true;
  wanted.real_time = RealTimeConfig{99, std::chrono::milliseconds{10}};
  wanted.cpu_affinity = {3, 0, 1023};
  wanted.oom_score = std::int16_t{-1000};
  EXPECT_EQ(process_of("{memory_locked: true, real_time: {priority: 99, limit: 10ms}, "
                       "cpu_affinity: [3, 0, 1023], oom_score: -1000}"),
            wanted);
  const auto real_time = process_of("{real_time: {priority: 1}}").real_time;
  ASSERT_TRUE(real_time.has_value());
  EXPECT_EQ(real_time->limit, std::chrono::seconds{1});
}

TEST(LoadProcess, WhatIsWrongIsSaid) {
  EXPECT_EQ(faults_of(file_with("{real_time: {limit: 1s}}")),
            Texts{"f:3:24: real_time lacks the key 'priority'"});
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
