// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/excerpt.h"

#include <gtest/gtest.h>

#include "check-worker/core/lines.h"

namespace holdfast::check {
namespace {

TEST(Excerpt, CannotForgeALineOfALog) {
  EXPECT_EQ(excerpt(""), "nothing");
  EXPECT_EQ(excerpt("a b"), "'a b'");
  EXPECT_EQ(excerpt("a\r\n\t\x1b\x7f\xff"), "'a\\r\\n\\t\\x1b\\x7f\\xff'");
  EXPECT_EQ(excerpt(std::string(64, 'x')), "'" + std::string(64, 'x') + "'");
  EXPECT_EQ(excerpt(std::string(65, 'x')), "'" + std::string(64, 'x') + "...'");
}

TEST(Lines, EndWithLfAndPerhapsACrBefore) {
  Lines lines(10);
  lines.take("a\r\n\nb\rc\nd");
  EXPECT_EQ(lines.next(), "a");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), "b\rc");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_EQ(lines.rest(), "d");
  EXPECT_FALSE(lines.too_long());
}

TEST(Lines, ALongOneIsNeverHandedOut) {
  Lines lines(3);
  lines.take("abc\n");
  EXPECT_EQ(lines.next(), "abc");
  lines.take("abcd\nx\n");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_TRUE(lines.too_long());
}

}  // namespace
}  // namespace holdfast::check
