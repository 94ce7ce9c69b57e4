// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "common/channel.h"
#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
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
    std::function<void()> sign{};  // of a foreign one, in place of messages
  };

  static Result<std::unique_ptr<WorkerProcess>> start(EventLoop& loop, const Program& program,
                                                      const std::vector<std::string>& arguments,
                                                      Callbacks callbacks);

  // One of another build, that the program which this process was before has started. What it says
  // is not understood, and all that it can be told is Shutdown.
  static Result<std::unique_ptr<WorkerProcess>> adopt(EventLoop& loop, pid_t pid, OwnedFd channel,
                                                      Callbacks callbacks);

  pid_t pid() const { return child_->pid(); }
  void signal(int number) { child_->signal(number); }

  // An error means that it lives and takes nothing, and is final. One that is gone is no error: its
  // exit follows.
  Result<void> send(const Message& message, int descriptor = -1);

  // It hears that nobody supervises it any more. What it says is still heard.
  void let_go();

  void hear();          // hands over what it has sent so far
  int channel() const;  // its descriptor; -1: it is closed

 private:
  explicit WorkerProcess(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}
  void hear_all();
  void discard();

  Callbacks callbacks_;
  std::unique_ptr<Channel> channel_;  // none: the worker has closed its end
  std::unique_ptr<Child> child_;
  bool stuck_ = false;  // it took something no more
  OwnedFd foreign_;     // the channel of a foreign one
  Watch foreign_watch_;
};

}  // namespace holdfast::supervisor
