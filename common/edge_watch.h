// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "common/event_loop.h"

namespace holdfast {

// Calls back once when `fd` becomes ready for what is of interest, and not again before it has
// become so anew: whoever is told goes on until the kernel says EAGAIN, or asks to be told again().
// `fd`, of which there must be no copy, is closed with it, so that nothing needs to be undone: of a
// connection that lives for a moment, that and a change of interest are a fourth of its calls.
// After EventLoop::stop() what was not told is not told any more.
class EdgeWatch {
 public:
  EdgeWatch(EventLoop& loop, int fd, Ready interest, Watch::Callback callback);
  ~EdgeWatch();
  EdgeWatch(EdgeWatch&&) noexcept;
  EdgeWatch& operator=(EdgeWatch&&) noexcept;

  void again();  // of what is ready now, in the next turn

  // From now on another one is told, and only of what comes after this.
  void hand_over(Watch::Callback callback);

 private:
  std::unique_ptr<Watch::Impl> impl_;
};

}  // namespace holdfast
