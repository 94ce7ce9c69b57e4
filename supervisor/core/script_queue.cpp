// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/script_queue.h"

#include <algorithm>
#include <utility>

namespace holdfast::supervisor {

QueueActions ScriptQueue::add(RunId id, const std::string& subject, Duration timeout, Time now) {
  QueueActions actions;
  std::deque<Waiting>& queue = waiting_[subject];
  if (queue.empty() && !busy_.contains(subject)) turns_.push_back(subject);
  if (queue.size() >= limits_.waiting) {
    actions.emplace_back(DropRun{queue.front().id});
    queue.pop_front();
  }
  queue.push_back({id, timeout});
  start_what_may(actions, now);
  return actions;
}

QueueActions ScriptQueue::ended(RunId id, Time now) {
  QueueActions actions;
  const auto entry = running_.extract(id);
  if (entry.empty()) return actions;
  const std::string& subject = entry.mapped().subject;
  busy_.erase(subject);
  if (waiting_.contains(subject)) turns_.push_back(subject);
  start_what_may(actions, now);
  return actions;
}

QueueActions ScriptQueue::wake(Time now) {
  QueueActions actions;
  for (auto& [id, run] : running_) {
    if (run.stage == Stage::kKilled || run.due > now) continue;
    if (run.stage == Stage::kRuns) {
      run.stage = Stage::kTerminated;
      run.due = now + kGrace;
      actions.emplace_back(TerminateRun{id});
    } else {
      run.stage = Stage::kKilled;
      actions.emplace_back(KillRun{id});
    }
  }
  return actions;
}

QueueActions ScriptQueue::hurry(Duration timeout, Time now) {
  QueueActions actions;
  longest_ = timeout;
  for (auto& [id, run] : running_) {
    if (run.stage == Stage::kRuns) run.due = std::min(run.due, now + timeout);
  }
  for (const auto& [subject, queue] : std::exchange(waiting_, {})) {
    for (const Waiting& one : queue) actions.emplace_back(DropRun{one.id});
  }
  turns_.clear();
  return actions;
}

QueueActions ScriptQueue::kill_all() {
  QueueActions actions = hurry(Duration{0}, Time{});
  for (auto& [id, run] : running_) {
    run.stage = Stage::kKilled;
    actions.emplace_back(KillRun{id});
  }
  return actions;
}

std::optional<Time> ScriptQueue::deadline() const {
  std::optional<Time> first;
  for (const auto& [id, run] : running_) {
    if (run.stage == Stage::kKilled) continue;
    if (!first || run.due < *first) first = run.due;
  }
  return first;
}

void ScriptQueue::start_what_may(QueueActions& actions, Time now) {
  while (!turns_.empty() && running_.size() < limits_.running) {
    const std::string subject = std::move(turns_.front());
    turns_.pop_front();
    const auto queue = waiting_.find(subject);
    const Waiting next = queue->second.front();
    queue->second.pop_front();
    if (queue->second.empty()) waiting_.erase(queue);
    const Duration timeout = longest_ ? std::min(*longest_, next.timeout) : next.timeout;
    running_.emplace(next.id, Running{subject, Stage::kRuns, now + timeout});
    busy_.emplace(subject, next.id);
    actions.emplace_back(StartRun{next.id});
  }
}

}  // namespace holdfast::supervisor
