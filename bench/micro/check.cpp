// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/micro.h"
#include "check-worker/core/check_core.h"

namespace holdfast::micro {
namespace {

using namespace std::chrono_literals;

Config thousand_checks() {
  Config config;
  for (int at = 0; at < 1000; ++at) {
    CheckConfig check;
    check.name = "server-" + std::to_string(at);
    check.target = TcpCheck{Endpoint::parse("192.0.2.1:80").value()};
    check.interval = 1s;
    check.timeout = 500ms;
    config.checks.push_back(std::move(check));
  }
  return config;
}

// One probe among a thousand checks: its begin, its good answer, and when the next is due.
void check_begins_and_answers(benchmark::State& state) {
  Time now{1000s};
  check::CheckCore core;
  core.handle(thousand_checks(), now);
  core.handle(check::Begin{}, now);
  std::vector<check::StartProbe> begun;
  const auto wake = [&] {
    now = *core.deadline();
    for (auto& action : core.handle(check::Wake{}, now)) {
      if (auto* start = std::get_if<check::StartProbe>(&action)) begun.push_back(std::move(*start));
    }
  };
  for (auto _ : state) {
    while (begun.empty()) wake();
    const auto probe = std::move(begun.back());
    begun.pop_back();
    benchmark::DoNotOptimize(core.handle(
        check::ProbeFinished{probe.check, probe.attempt, true, "connected in 0.4 ms"}, now));
  }
}

}  // namespace

void add_check() {
  add("check_begins_and_answers", check_begins_and_answers);
}

}  // namespace holdfast::micro
