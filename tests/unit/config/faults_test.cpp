// SPDX-License-Identifier: Apache-2.0
#include "config/faults.h"

#include <gtest/gtest.h>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

TEST(Faults, AreInTheOrderOfTheFileAndEachOnce) {
  Faults faults("dir/f.yaml");
  EXPECT_TRUE(faults.empty());
  faults.add(10, 1, "late");
  faults.add(2, 30, "right");
  faults.add(2, 4, "left");
  faults.add(2, 30, "right");
  faults.add(2, 30, "also");
  EXPECT_FALSE(faults.empty());
  EXPECT_EQ(texts_of(faults.take()), (Texts{"dir/f.yaml:2:4: left", "dir/f.yaml:2:30: also",
                                            "dir/f.yaml:2:30: right", "dir/f.yaml:10:1: late"}));
}

TEST(Faults, AreBounded) {
  Faults faults("f");
  for (int i = 1; i <= 5000; ++i) faults.add(i, 1, "wrong");
  EXPECT_TRUE(faults.full());
  const auto taken = faults.take();
  ASSERT_EQ(taken.size(), Faults::kMax + 1);
  EXPECT_EQ(taken[Faults::kMax - 1].to_string(), "f:1000:1: wrong");
  EXPECT_EQ(taken.back().to_string(), "f:1000:1: there may be more faults than these 1000");
}

}  // namespace
}  // namespace holdfast
