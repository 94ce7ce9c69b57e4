// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "check-worker/core/check_core.h"

namespace holdfast::check {

// For the messages of failed expectations.
inline void PrintTo(const StartProbe& start, std::ostream* out) {
  *out << start.check << " #" << start.attempt;
  if (const auto* tcp = std::get_if<TcpCheck>(&*start.target)) {
    *out << " " << tcp->endpoint.to_string();
  }
}
inline void PrintTo(const CancelProbe& cancel, std::ostream* out) {
  *out << cancel.check;
}
inline void PrintTo(const Report& report, std::ostream* out) {
  if (!std::holds_alternative<CheckState>(report.message)) {
    *out << name_of(report.message);
    return;
  }
  const auto& state = std::get<CheckState>(report.message);
  *out << state.check << (state.up ? " up " : " down ") << int{state.weight} << " since "
       << state.since.time_since_epoch().count() << ": " << state.reason;
}

inline CheckConfig named(const std::string& name) {
  CheckConfig check;
  check.name = name;
  check.target = TcpCheck{Endpoint::parse("127.0.0.1:80").value()};
  check.interval = std::chrono::seconds{1};
  check.timeout = std::chrono::milliseconds{500};
  check.rise = 2;
  check.fall = 3;
  return check;
}
inline CheckConfig nginx() {
  return named("nginx");
}

inline Config with(std::vector<CheckConfig> checks) {
  Config config;
  config.checks = std::move(checks);
  return config;
}

inline CheckAction start(const CheckConfig& check, std::uint64_t attempt) {
  return StartProbe{check.name, attempt, check.target, check.connect};
}
inline CheckAction cancel(const std::string& check) {
  return CancelProbe{check};
}
inline CheckAction report(const std::string& check, bool up, Time since,
                          const std::string& reason) {
  return Report{CheckState{check, up, static_cast<std::uint8_t>(up ? 100 : 0), since, reason}};
}
inline CheckAction info(const std::string& text) {
  return LogLine{LogLevel::kInfo, text};
}
inline CheckAction warning(const std::string& text) {
  return LogLine{LogLevel::kWarning, text};
}

// A core and the time it is told.
class CheckCoreTest : public testing::Test {
 protected:
  CheckActions tell(const CheckEvent& event) { return core_.handle(event, now_); }

  // At the next deadline, or `late`.
  CheckActions wake(Duration late = {}) {
    now_ = core_.deadline().value() + late;
    return tell(Wake{});
  }
  CheckActions good(std::uint64_t attempt, const std::string& check = "nginx") {
    return tell(ProbeFinished{check, attempt, true, "connected in 0.4 ms"});
  }
  CheckActions bad(std::uint64_t attempt, const std::string& check = "nginx") {
    return tell(ProbeFinished{check, attempt, false, "connection refused"});
  }

  void begin(const Config& config) {
    ASSERT_EQ(tell(config), CheckActions{});
    ASSERT_EQ(tell(Begin{}), CheckActions{});
  }
  // Attempt 1 has just begun, and said that this only check is up.
  void begin_up(const CheckConfig& check) {
    begin(with({check}));
    ASSERT_EQ(wake(), CheckActions{start(check, 1)});
    ASSERT_EQ(good(1, check.name).size(), 2U);
  }

  CheckCore core_;
  Time now_{std::chrono::hours{1}};
};

}  // namespace holdfast::check
