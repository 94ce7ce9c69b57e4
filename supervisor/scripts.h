// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/unix_user.h"
#include "config/command.h"
#include "supervisor/core/script_queue.h"
#include "supervisor/script_process.h"

namespace holdfast::supervisor {

struct ScriptOutcome {
  ScriptVerdict verdict{};
  std::string reason;                    // for a person
  std::optional<std::uint8_t> weight{};  // that its exit status says
};

struct ScriptJob {
  std::string subject;  // one at a time, in order
  Command command;
  UnixUser user;
  std::vector<std::string> environment;
  Duration timeout{};
  bool alone = false;  // what it leaves running is killed at its end
  std::function<void(const ScriptOutcome&)> done;
  bool dynamic_weight = false;  // its exit status may say a weight
};

// Runs scripts in the order and with the bounds of a ScriptQueue. Never blocks.
class Scripts {
 public:
  Scripts(EventLoop& loop, QueueLimits limits);
  ~Scripts();
  Scripts(const Scripts&) = delete;
  Scripts& operator=(const Scripts&) = delete;

  void run(ScriptJob job);
  void hurry(Duration timeout);
  void kill_all();
  bool idle() const { return queue_.idle(); }
  std::vector<int> pids() const;  // of what runs

 private:
  struct Run {
    ScriptJob job;
    std::unique_ptr<ScriptProcess> process;
  };

  void perform(const QueueActions& actions);
  void start(RunId id);
  void ended(RunId id, const ScriptOutcome& outcome);
  void finish(RunId id, const ScriptOutcome& outcome);

  EventLoop& loop_;
  ScriptQueue queue_;
  std::map<RunId, Run> runs_;
  RunId last_ = 0;
  Timer timer_;
};

}  // namespace holdfast::supervisor
