// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/owned_fd.h"

// What starting a process takes, whatever it is to become. After the fork only calls that are safe
// in a signal handler are allowed, so that everything the child needs is made before.
namespace holdfast::supervisor {

// A copy, close-on-exec, above every descriptor that a child is given: giving cannot overwrite it.
OwnedFd out_of_the_way(const OwnedFd& fd);

// As execve(2) wants them; they live as long as the texts.
std::vector<char*> pointers(std::vector<std::string>& texts);

// In the child: every signal to its default, but for those to ignore, and none blocked.
void reset_signals(std::span<const int> ignored);

// Of the child, until it becomes another program.
enum class Memory : std::uint8_t {
  kCopied,
  // Ours, and this process waits meanwhile. A copy costs the pages of thousands of servers, and
  // then each that is written here; but who is to be another user must not have ours.
  kShared,
};

// `child` runs in the new process and does not return. Until it resets them, signals are blocked
// there: handlers of this process must not run in the child, since they share its descriptors.
template <typename Child>
pid_t fork_quietly(Memory memory, const Child& child) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
  const pid_t pid = memory == Memory::kShared ? ::vfork() : ::fork();
  if (pid == 0) {
    child();
    ::_exit(1);
  }
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

void wait_for(pid_t pid);  // until it is gone

}  // namespace holdfast::supervisor
