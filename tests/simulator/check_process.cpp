// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/check_process.h"

#include "common/core/overloaded.h"
#include "tests/simulator/host.h"
#include "tests/simulator/witness.h"

namespace holdfast::simulator {

Process::Sources CheckProcess::sources() const {
  Sources times = Worker::sources();
  if (ended()) return times;
  for (const auto& [check, answer] : answers_) {
    times[kProbes] = std::min(times[kProbes], answer.ready);
  }
  return times;
}

void CheckProcess::serve(std::size_t source) {
  if (source != kProbes) {
    Worker::serve(source);
    return;
  }
  const auto first = std::find_if(answers_.begin(), answers_.end(), [this](const auto& entry) {
    return entry.second.ready <= world_.now();
  });
  take_answer(first->first);
}

void CheckProcess::configure(const Config& before) {
  const auto deadline = core_.deadline();
  const check::CheckActions actions = consult(config());
  if (begun()) {
    host_.witness().reconfigured(host_, before, config(), actions, deadline != core_.deadline());
  }
  perform(actions);
}

void CheckProcess::tell(const Message& retained) {
  if (const auto* router = std::get_if<RouterState>(&retained)) return handle(*router);
  const auto* state = std::get_if<CheckState>(&retained);
  HF_CHECK(state != nullptr);
  handle(*state);
}

void CheckProcess::start(std::optional<Time>) {
  handle(check::Begin{});
}

// An answer that lies unread is older than the timeout.
void CheckProcess::wake() {
  for (const std::string& check : core_.overdue(clock())) {
    const auto answer = answers_.find(check);
    if (answer != answers_.end() && answer->second.ready <= world_.now()) take_answer(check);
  }
  if (!ended()) handle(check::Wake{});
}

check::CheckActions CheckProcess::consult(const check::CheckEvent& event) {
  check::CheckActions actions = core_.handle(event, clock());
  if (world_.tamper.check) world_.tamper.check(actions);
  return actions;
}

void CheckProcess::perform(const check::CheckActions& actions) {
  for (const check::CheckAction& action : actions) {
    if (burnt_out()) {
      end({0, kSignalKill});
      return;
    }
    std::visit(
        Overloaded{
            [this](const check::StartProbe& start) { probe(start); },
            [this](const check::CancelProbe& cancel) { answers_.erase(cancel.check); },
            [this](const check::Report& said) { report(said.message); },
            [this](const LogLine& line) { world_.note(host_.number(), "log: " + line.text); },
        },
        action);
  }
  arm(core_.deadline());
}

void CheckProcess::probe(const check::StartProbe& start) {
  constexpr Duration kAnswerMin = std::chrono::microseconds{50};
  constexpr Duration kAnswerMax = std::chrono::microseconds{900};
  const Time ready = world_.now() + world_.random.between(kAnswerMin, kAnswerMax);
  switch (host_.target(std::get<TcpCheck>(*start.target).endpoint.port)) {
    case Target::kAnswers:
      answers_[start.check] = {ready,
                               check::ProbeFinished{start.check, start.attempt, true, "connected"}};
      break;
    case Target::kRefuses:
      answers_[start.check] = {
          ready, check::ProbeFinished{start.check, start.attempt, false, "connection refused"}};
      break;
    case Target::kSilent:
      break;
  }
}

void CheckProcess::take_answer(const std::string& check) {
  const auto answer = answers_.extract(check);
  handle(answer.mapped().event);
}

}  // namespace holdfast::simulator
