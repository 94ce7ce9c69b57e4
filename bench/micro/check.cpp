// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/micro/micro.h"
#include "check-worker/core/check_core.h"
#include "check-worker/core/inquiry.h"

namespace holdfast::micro {
namespace {

using namespace std::chrono_literals;

Config thousand_checks(const CheckTarget& target) {
  Config config;
  for (int at = 0; at < 1000; ++at) {
    CheckConfig check;
    check.name = "server-" + std::to_string(at);
    check.target = target;
    check.interval = 1s;
    check.timeout = 500ms;
    config.checks.push_back(std::move(check));
  }
  return config;
}

// One probe among a thousand checks: its begin, its good answer, and when the next is due.
class Story {
 public:
  explicit Story(const CheckTarget& target) {
    core_.handle(thousand_checks(target), now_);
    core_.handle(check::Begin{}, now_);
  }

  check::StartProbe begin() {
    while (begun_.empty()) wake();
    auto probe = std::move(begun_.back());
    begun_.pop_back();
    return probe;
  }

  void end(const check::StartProbe& probe, const std::string& reason) {
    benchmark::DoNotOptimize(
        core_.handle(check::ProbeFinished{probe.check, probe.attempt, true, reason}, now_));
  }

 private:
  void wake() {
    now_ = *core_.deadline();
    for (auto& action : core_.handle(check::Wake{}, now_)) {
      if (auto* start = std::get_if<check::StartProbe>(&action))
        begun_.push_back(std::move(*start));
    }
  }

  Time now_{1000s};
  check::CheckCore core_;
  std::vector<check::StartProbe> begun_;
};

void check_begins_and_answers(benchmark::State& state) {
  Story story(TcpCheck{Endpoint::parse("192.0.2.1:80").value()});
  for (auto _ : state) story.end(story.begin(), "connected in 0.4 ms");
}

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 09:00:00 GMT\r\n"
    "Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwell\n";

// The same with what is said and heard.
void http_check_is_asked(benchmark::State& state) {
  HttpCheck http;
  http.endpoint = Endpoint::parse("192.0.2.1:80").value();
  Story story(http);
  for (auto _ : state) {
    const auto probe = story.begin();
    const auto inquiry = check::inquiry_of(*probe.target, {});
    benchmark::DoNotOptimize(inquiry.conversation->begin());
    const auto step = inquiry.conversation->received(kAnswer);
    story.end(probe, step.end->reason + " in 0.4 ms");
  }
}

}  // namespace

void add_check() {
  add("check_begins_and_answers", check_begins_and_answers);
  add("http_check_is_asked", http_check_is_asked);
}

}  // namespace holdfast::micro
