// SPDX-License-Identifier: Apache-2.0
#include "common/core/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(glob_matches("web", "web"));
  EXPECT_FALSE(glob_matches("web", "web2"));
  EXPECT_FALSE(glob_matches("web", "aweb"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_FALSE(glob_matches("?", ""));
  EXPECT_TRUE(glob_matches("", ""));
}

TEST(Glob, StarsTakeAsMuchAsTheyMust) {
  EXPECT_TRUE(glob_matches("*_down", "check_down"));
  EXPECT_FALSE(glob_matches("*_down", "check_down2"));
  EXPECT_TRUE(glob_matches("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(glob_matches("a*b*c", "aXcXb"));
  EXPECT_TRUE(glob_matches("w?b*", "web1"));
  EXPECT_TRUE(glob_matches("**", "anything"));
}

TEST(Glob, IsNotSlowForWhoeverWantsItToBe) {
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "a*";
  EXPECT_FALSE(glob_matches(stars + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace holdfast
