// SPDX-License-Identifier: Apache-2.0
#include "supervisor/scripts.h"

#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"

namespace holdfast::supervisor {

Scripts::Scripts(EventLoop& loop, QueueLimits limits)
    : loop_(loop),
      queue_(limits),
      timer_(loop, [this] { perform(queue_.wake(monotonic_now())); }) {}

Scripts::~Scripts() = default;

void Scripts::run(ScriptJob job) {
  const RunId id = ++last_;
  const std::string subject = job.subject;
  const Duration timeout = job.timeout;
  runs_.emplace(id, Run{std::move(job), nullptr});
  perform(queue_.add(id, subject, timeout, monotonic_now()));
}

void Scripts::hurry(Duration timeout) {
  perform(queue_.hurry(timeout, monotonic_now()));
}

void Scripts::kill_all() {
  perform(queue_.kill_all());
}

std::vector<int> Scripts::pids() const {
  std::vector<int> pids;
  for (const auto& [id, run] : runs_) {
    if (run.process) pids.push_back(run.process->pid());
  }
  return pids;
}

void Scripts::perform(const QueueActions& actions) {
  for (const QueueAction& action : actions) {
    std::visit(Overloaded{
                   [this](const StartRun& run) { start(run.id); },
                   [this](const TerminateRun& run) {
                     if (const auto& process = runs_.at(run.id).process) process->terminate();
                   },
                   [this](const KillRun& run) {
                     if (const auto& process = runs_.at(run.id).process) process->kill();
                   },
                   [this](const DropRun& run) {
                     finish(run.id, {ScriptVerdict::kNotMade, "too many wait to be run"});
                   },
               },
               action);
  }
  timer_.set(queue_.deadline());
}

void Scripts::start(RunId id) {
  Run& run = runs_.at(id);
  const ScriptJob& job = run.job;
  const auto done = [this, id, timeout = job.timeout,
                     dynamic = job.dynamic_weight](const ScriptEnd& end) {
    const auto [good, weight] = verdict_of(end, dynamic);
    const ScriptVerdict verdict = good ? ScriptVerdict::kGood : ScriptVerdict::kBad;
    ended(id, {verdict, reason_of(end, timeout), weight});
  };
  auto started =
      ScriptProcess::start(loop_, {job.command, job.user, job.environment, job.alone}, done);
  if (started) {
    run.process = std::move(*started);
  } else {
    ended(id, {ScriptVerdict::kNotMade, started.error().message});
  }
}

void Scripts::ended(RunId id, const ScriptOutcome& outcome) {
  const QueueActions next = queue_.ended(id, monotonic_now());
  finish(id, outcome);
  perform(next);
}

void Scripts::finish(RunId id, const ScriptOutcome& outcome) {
  const auto run = runs_.extract(id);
  if (run.mapped().job.done) run.mapped().job.done(outcome);
}

}  // namespace holdfast::supervisor
