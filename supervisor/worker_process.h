// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "common/channel.h"
#include "common/core/messages.h"
#include "common/event_loop.h"
#include "supervisor/spawn.h"

namespace holdfast::supervisor {

// One life of a worker: its process and the channel to it.
class WorkerProcess {
 public:
  struct Callbacks {
    std::function<void(const Message&, bool descriptor)> message;
    std::function<void(const std::string&)> violation;
    // After everything that it has sent. Called once; may destroy the WorkerProcess.
    Child::Exited exited;
  };

  static Result<std::unique_ptr<WorkerProcess>> start(EventLoop& loop, const Program& program,
                                                      const std::vector<std::string>& arguments,
                                                      Callbacks callbacks);

  pid_t pid() const { return child_->pid(); }
  void signal(int number) { child_->signal(number); }

  // An error means that it lives and takes nothing. One that is gone is no error: its exit follows.
  Result<void> send(const Message& message, int descriptor = -1);

  void hear();  // hands over what it has sent so far

 private:
  explicit WorkerProcess(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}
  void hear_all();

  Callbacks callbacks_;
  std::unique_ptr<Channel> channel_;  // none: the worker has closed its end
  std::unique_ptr<Child> child_;
};

}  // namespace holdfast::supervisor
