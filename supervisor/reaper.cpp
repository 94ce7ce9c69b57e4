// SPDX-License-Identifier: Apache-2.0
#include "supervisor/reaper.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <utility>

#include "common/clock.h"

namespace holdfast::supervisor {
namespace {

constexpr Duration kPause = std::chrono::milliseconds{20};

}  // namespace

Reaper::Reaper(EventLoop& loop, IsChild is_child)
    : is_child_(std::move(is_child)),
      again_(loop, [this] { reap(); }),
      ended_(loop, SIGCHLD, [this] { reap(); }) {
  again_.set(monotonic_now());  // of the program that this process was before
}

void Reaper::reap() {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (is_child_(info.si_pid)) {
      // The kernel shows the others when this one is gone, which it soon is.
      again_.set(monotonic_now() + kPause);
      return;
    }
    siginfo_t gone{};
    if (::waitid(P_PID, static_cast<id_t>(info.si_pid), &gone, WEXITED | WNOHANG) != 0) return;
  }
}

}  // namespace holdfast::supervisor
