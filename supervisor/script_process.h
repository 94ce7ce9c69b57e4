// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "common/unix_user.h"
#include "config/command.h"
#include "supervisor/core/script_end.h"

namespace holdfast::supervisor {

// A run of an operator's program: its argv without a shell, as its user, in a session and process
// group of its own, with no_new_privs, no descriptor of ours but its output, an environment of its
// own, and / as its directory. Never waits for it.
class ScriptProcess {
 public:
  struct Launch {
    const Command& command;
    const UnixUser& user;
    std::vector<std::string> environment;  // beside PATH, HOME, USER and such
    bool alone = false;                    // what it leaves running is killed at its end
  };
  using Ended = std::function<void(const ScriptEnd&)>;  // once; may destroy the ScriptProcess

  // An error is a lack of this node's own: no process, no descriptor.
  static Result<std::unique_ptr<ScriptProcess>> start(EventLoop& loop, Launch launch, Ended ended);
  ~ScriptProcess();
  ScriptProcess(const ScriptProcess&) = delete;
  ScriptProcess& operator=(const ScriptProcess&) = delete;

  pid_t pid() const { return pid_; }

  // To the whole group. Once told to end, the group does not outlive its leader.
  void terminate();
  void kill();

 private:
  struct Pipes {
    OwnedFd output;
    OwnedFd report;  // what kept it from being executed; empty: it was
  };

  ScriptProcess(EventLoop& loop, pid_t pid, OwnedFd pidfd, Pipes pipes, bool alone, Ended ended);
  void read_output();
  void reap();
  std::string error_of_exec() const;

  pid_t pid_;
  OwnedFd pidfd_;
  Pipes pipes_;
  bool alone_;
  bool late_ = false;
  FirstLine first_line_;
  Ended ended_;
  Watch exit_watch_;
  Watch output_watch_;
};

}  // namespace holdfast::supervisor
