// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "common/clock.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast {

// A loop whose test fails, rather than hangs, if what it waits for does not come.
class LoopTest : public testing::Test {
 protected:
  void run() {
    Timer limit(loop_, [this] {
      ADD_FAILURE() << "the loop was not stopped in time";
      loop_.stop();
    });
    limit.set(monotonic_now() + std::chrono::seconds{10});
    loop_.run();
  }

  EventLoop loop_;
};

inline constexpr Ready kRead{true, false};

struct Stream {
  Stream() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  OwnedFd near;
  OwnedFd far;
};

inline void write_byte(const OwnedFd& descriptor) {
  EXPECT_EQ(::write(descriptor.get(), "x", 1), 1);
}

}  // namespace holdfast
