// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "check-worker/core/check_core.h"
#include "common/core/overloaded.h"
#include "tests/fuzz/script.h"

// Any sequence of configurations, results, observations and times. Whatever comes, a check has at
// most one probe under way, no more of them take a descriptor than there are, results that were
// not asked for count as nothing, and what is reported is of a check that is configured.
namespace holdfast::check {
namespace {

constexpr std::size_t kSocketsMax = 2;
constexpr std::array<const char*, 4> kNames{"plain", "nervous", "file", "script"};

constexpr const char* kAll = R"(version: 1
checks:
  - {name: plain, tcp: "192.0.2.1:80", interval: 1s, timeout: 500ms, rise: 2, fall: 3}
  - {name: nervous, http: "192.0.2.2:80", interval: 2s, timeout: 1s, fast_interval: 100ms,
     retries: 2, retry_delay: 300ms, slow_start: 30s,
     hold_down: {changes: 3, within: 20s, time: 5s, max: 40s}}
  - {name: file, file: /run/weight}
  - {name: script, script: {command: [/bin/true]}, interval: 3s, timeout: 3s, initial_state: up}
)";
constexpr const char* kFewer = R"(version: 1
checks:
  - {name: plain, tcp: "192.0.2.1:80", interval: 200ms, timeout: 100ms}
  - {name: script, script: {command: [/bin/true]}, interval: 1s, timeout: 1s, initial_state: down}
)";
constexpr const char* kOthers = R"(version: 1
checks:
  - {name: plain, tcp: "192.0.2.9:80", interval: 1s, timeout: 1s, start_spread: 3s}
  - {name: nervous, http: "192.0.2.2:80", interval: 1s, timeout: 1s}
  - {name: more, tcp: "192.0.2.3:80"}
  - {name: file, process: {name: nginx, fork_delay: 2s, terminate_delay: 1s}}
)";

const std::array<Config, 4>& configs() {
  static const std::array<Config, 4> all{fuzz::config_of(kAll), fuzz::config_of(kFewer),
                                         fuzz::config_of(kOthers), Config{}};
  return all;
}

class Play {
 public:
  explicit Play(FuzzedDataProvider& data) : data_(data) { configure(0); }

  void act() {
    switch (data_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return configure(data_.ConsumeIntegralInRange<std::size_t>(0, configs().size() - 1));
      case 1:
        return tell(Begin{});
      case 2:
        return tell(CheckState{name(), data_.ConsumeBool(), data_.ConsumeIntegral<std::uint8_t>(),
                               now_ - fuzz::some_time(data_), "retained"});
      case 3:
        return tell(Observation{name(), data_.ConsumeBool(), 7, "seen"});
      case 4:
        return end(true);
      case 5:
        return end(false);
      case 6:  // paused: everything is late
        now_ += fuzz::some_time(data_);
        return tell(Wake{});
      default:
        fuzz::let_pass<Wake>(core_, now_, fuzz::some_time(data_),
                             [this](const CheckActions& actions) { perform(actions); });
    }
  }

 private:
  std::string name() { return data_.PickValueInArray(kNames); }

  void configure(std::size_t which) {
    configured_.clear();
    for (const CheckConfig& check : configs().at(which).checks) configured_.insert(check.name);
    tell(configs().at(which));
  }

  // A probe, of those under way or of any other.
  void end(bool known) {
    std::string check = name();
    std::uint64_t attempt = data_.ConsumeIntegral<std::uint8_t>();
    if (known && !running_.empty()) {
      const auto one = std::next(running_.begin(), data_.ConsumeIntegralInRange<std::ptrdiff_t>(
                                                       0, std::ssize(running_) - 1));
      check = one->first;
      attempt = one->second.attempt;
    }
    const auto found = running_.find(check);
    const bool right = found != running_.end() && found->second.attempt == attempt;
    switch (data_.ConsumeIntegralInRange(0, 2)) {
      case 0:
        if (right) running_.erase(found);
        return tell(ProbeFinished{check, attempt, data_.ConsumeBool(), "result", std::nullopt});
      case 1:
        if (right) running_.erase(found);
        return tell(ProbeNotMade{check, attempt, "too many open files"});
      default:
        return tell(ProbeSilent{check, attempt, data_.ConsumeBool(), "no answer"});
    }
  }

  void tell(const CheckEvent& event) { perform(core_.handle(event, now_)); }

  void perform(const CheckActions& actions) {
    for (const CheckAction& action : actions) {
      std::visit(Overloaded{
                     [this](const StartProbe& start) { started(start); },
                     [this](const CancelProbe& cancel) { HF_CHECK(running_.erase(cancel.check)); },
                     [this](const Report& report) { reported(report); },
                     [](const LogLine& line) { HF_CHECK(!line.text.empty()); },
                 },
                 action);
    }
    std::size_t sockets = 0;
    for (const auto& [check, probe] : running_) sockets += probe.takes_a_socket ? 1 : 0;
    HF_CHECK(sockets <= kSocketsMax);
    HF_CHECK(core_.overdue(now_).size() <= running_.size());
    HF_CHECK(core_.details_after("").checks.size() <= configured_.size());
  }

  void started(const StartProbe& start) {
    HF_CHECK(configured_.contains(start.check));
    HF_CHECK(!is_watched(*start.target));
    HF_CHECK(start.attempt > last_attempt_);
    last_attempt_ = start.attempt;
    const bool fresh =
        running_
            .emplace(start.check, Running{start.attempt, endpoint_of(*start.target).has_value()})
            .second;
    HF_CHECK(fresh);
  }

  void reported(const Report& report) const {
    const auto* const state = std::get_if<CheckState>(&report.message);
    HF_CHECK(state != nullptr && configured_.contains(state->check));
    HF_CHECK(state->weight <= 100 && state->since <= now_);
    HF_CHECK(state->up || state->weight == 0);
  }

  struct Running {
    std::uint64_t attempt = 0;
    bool takes_a_socket = false;
  };

  FuzzedDataProvider& data_;
  Time now_{std::chrono::hours{1}};
  CheckCore core_{kSocketsMax};
  std::set<std::string> configured_;
  std::map<std::string, Running> running_;
  std::uint64_t last_attempt_ = 0;
};

}  // namespace
}  // namespace holdfast::check

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  holdfast::check::Play play(provider);
  while (provider.remaining_bytes() > 0) play.act();
  return 0;
}
