// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "common/clock.h"
#include "common/event_loop.h"

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

}  // namespace holdfast
