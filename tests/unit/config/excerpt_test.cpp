// SPDX-License-Identifier: Apache-2.0
#include "config/excerpt.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

TEST(Excerpt, ShowsTheLineAndAMarkUnderTheColumn) {
  EXPECT_EQ(excerpt("version: 1\nvrrp:\n  prioritty: 5\nlog: {}\n", 3, 3),
            "    3 |   prioritty: 5\n"
            "      |   ^\n");
  EXPECT_EQ(excerpt("a: 1\r\nb: 2", 2, 4), "    2 | b: 2\n      |    ^\n");
}

TEST(Excerpt, CountsCharactersNotBytes) {
  EXPECT_EQ(excerpt("n: \"\xc3\xa4\xe2\x82\xac\" x\n", 1, 12),
            "    1 | n: \"\?\?\" x\n      |         ^\n");
}

TEST(Excerpt, NothingOfTheFileReachesTheTerminalAsItIs) {
  EXPECT_EQ(excerpt("a:\t\x1b[31mred\n", 1, 4), "    1 | a: ?[31mred\n      |    ^\n");
}

TEST(Excerpt, PasswordsAreNotShown) {
  EXPECT_EQ(excerpt("x: {password: secret123456}\n", 1, 15),
            "    1 | x: {password: (not shown)\n      |               ^\n");
}

TEST(Excerpt, OfALongLineAPart) {
  const std::string line = std::string(500, 'a') + "b" + std::string(500, 'c');
  const std::string shown = excerpt(line + "\n", 1, 501);
  const std::size_t second = shown.find('\n') + 1;
  EXPECT_LT(shown.size(), 250U);
  EXPECT_EQ(shown[shown.find('^') - second], 'b');
  EXPECT_EQ(excerpt(std::string(80, ' ') + "x", 1, 81).find("..."), std::string::npos);
}

TEST(Excerpt, NothingOfALineThatIsNotThere) {
  EXPECT_EQ(excerpt("a: 1\n", 2, 1), "");
  EXPECT_EQ(excerpt("", 1, 1), "");
  EXPECT_EQ(excerpt("a\n", 1, 99), "    1 | a\n      |  ^\n");
}

}  // namespace
}  // namespace holdfast
