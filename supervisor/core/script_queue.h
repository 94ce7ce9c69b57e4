// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/time.h"

namespace holdfast::supervisor {

using RunId = std::uint64_t;

// ---- What a queue of scripts does, in order.

struct StartRun {
  RunId id = 0;
  bool operator==(const StartRun&) const = default;
};
struct TerminateRun {  // SIGTERM to its process group: its time is up
  RunId id = 0;
  bool operator==(const TerminateRun&) const = default;
};
struct KillRun {  // SIGKILL to its process group
  RunId id = 0;
  bool operator==(const KillRun&) const = default;
};
struct DropRun {  // it never starts: too many wait for the same subject, or the end has come
  RunId id = 0;
  bool operator==(const DropRun&) const = default;
};

using QueueAction = std::variant<StartRun, TerminateRun, KillRun, DropRun>;
using QueueActions = std::vector<QueueAction>;

struct QueueLimits {
  std::size_t running = 32;  // at once
  std::size_t waiting = 64;  // for one subject; of more, the oldest is dropped
};

// Which script runs when: those of one subject one at a time and in their order, those of different
// subjects side by side. One that takes too long is asked to end, and then made to.
class ScriptQueue {
 public:
  static constexpr Duration kGrace = std::chrono::milliseconds{500};  // from SIGTERM to SIGKILL

  explicit ScriptQueue(QueueLimits limits) : limits_(limits) {}

  QueueActions add(RunId id, const std::string& subject, Duration timeout, Time now);
  QueueActions ended(RunId id, Time now);  // or was never started, for an error
  QueueActions wake(Time now);             // deadline() has come

  // The end is near: nothing takes longer than `timeout` from now on, or from its start. What
  // waits is dropped: it is no longer true.
  QueueActions hurry(Duration timeout, Time now);
  QueueActions kill_all();  // SIGKILL to what runs, and nothing else is started

  std::optional<Time> deadline() const;
  bool idle() const { return running_.empty() && waiting_.empty(); }

 private:
  enum class Stage : std::uint8_t { kRuns, kTerminated, kKilled };
  struct Waiting {
    RunId id = 0;
    Duration timeout{};
  };
  struct Running {
    std::string subject;
    Stage stage = Stage::kRuns;
    Time due{};
  };

  void start_what_may(QueueActions& actions, Time now);

  QueueLimits limits_;
  std::map<RunId, Running> running_;
  std::map<std::string, RunId> busy_;  // subjects, by what runs for them
  std::map<std::string, std::deque<Waiting>> waiting_;
  std::deque<std::string> turns_;  // subjects with something to start, in the order they came
  std::optional<Duration> longest_;
};

}  // namespace holdfast::supervisor
