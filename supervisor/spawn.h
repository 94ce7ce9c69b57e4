// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// A program that is opened once, at start-up, and run from that descriptor: an upgrade of the
// package under a running daemon cannot mix versions.
class Program {
 public:
  // Beside this program's own file, else where programs of its kind are installed.
  static Result<Program> open(const std::string& name);
  static Result<Program> open_file(const std::string& name, const std::string& path);

  const std::string& name() const { return name_; }
  int fd() const { return fd_.get(); }

 private:
  Program(std::string name, OwnedFd fd) : name_(std::move(name)), fd_(std::move(fd)) {}

  std::string name_;
  OwnedFd fd_;
};

// A process of such a program, known by a pidfd, so that no signal can hit a stranger.
class Child {
 public:
  // The exit status, or the signal that ended it. Called once; may destroy the Child.
  using Exited = std::function<void(int status, int signal)>;

  // In a session of its own, its output to our standard error, its environment empty but for what
  // the log and the sanitizers look at. `channel` becomes its descriptor 3; -1: it has none. Of all
  // others it has the three standard ones.
  // `errors` is its standard error, if not ours.
  static Result<std::unique_ptr<Child>> start(EventLoop& loop, const Program& program,
                                              const std::vector<std::string>& arguments,
                                              int channel, Exited exited,
                                              int errors = STDERR_FILENO);
  // One that the program which this process was before has started.
  static Result<std::unique_ptr<Child>> adopt(EventLoop& loop, pid_t pid, Exited exited);

  pid_t pid() const { return pid_; }
  void signal(int number);  // does nothing once it is gone

 private:
  Child(EventLoop& loop, pid_t pid, OwnedFd pidfd, Exited exited);
  void reap();

  pid_t pid_;
  OwnedFd pidfd_;
  Exited exited_;
  Watch watch_;
};

}  // namespace holdfast::supervisor
