// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/life_end.h"

#include <gtest/gtest.h>

namespace holdfast::supervisor {
namespace {

TEST(LifeEnd, IsSaidInWords) {
  EXPECT_EQ(how_it_ended(0, 0), "exited with status 0");
  EXPECT_EQ(how_it_ended(3, 0), "exited with status 3");
  EXPECT_EQ(how_it_ended(0, 9), "killed by SIGKILL");
  EXPECT_EQ(how_it_ended(0, 11), "killed by SIGSEGV");
  EXPECT_EQ(how_it_ended(0, 14), "killed by SIGALRM");
  EXPECT_EQ(how_it_ended(0, 24), "killed by SIGXCPU");
  EXPECT_EQ(how_it_ended(0, 34), "killed by signal 34");
}

}  // namespace
}  // namespace holdfast::supervisor
