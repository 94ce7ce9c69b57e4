// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>

#include "common/event_loop.h"

namespace holdfast::supervisor {

// To the first process of a container the kernel gives every process whose parent has ended. This
// waits for those at their end, so that none is left as a zombie, and leaves alone whom others here
// wait for by a descriptor of its own: their statuses are for them.
class Reaper {
 public:
  using IsChild = std::function<bool(pid_t)>;  // somebody here waits for it

  Reaper(EventLoop& loop, IsChild is_child);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

 private:
  void reap();

  IsChild is_child_;
  Timer again_;
  SignalWatch ended_;
};

}  // namespace holdfast::supervisor
