// SPDX-License-Identifier: Apache-2.0
#include "ctl/text.h"

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

TEST(Text, AnAgeHasAtMostTwoUnits) {
  EXPECT_EQ(age(-3), "0 s");
  EXPECT_EQ(age(59.9), "59 s");
  EXPECT_EQ(age(60), "1 min");
  EXPECT_EQ(age(3599), "59 min");
  EXPECT_EQ(age(3600), "1 h");
  EXPECT_EQ(age(7500), "2 h 5 min");
  EXPECT_EQ(age(86400), "1 d");
  EXPECT_EQ(age(86400 * 4 + 3700), "4 d 1 h");
}

TEST(Text, ColumnsAreCharacters) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("Gr\xc3\xb6\xc3\x9f"
                       "e"),
            5U);
}

TEST(Text, NothingReachesTheTerminalThatItWouldObey) {
  EXPECT_EQ(printable("a\x1b[31mb\n\x7f"), "a?[31mb??");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31m"),
            "a?31m")
      << "C1";
  EXPECT_EQ(printable("Gr\xc3\xb6\xc3\x9f"
                      "e"),
            "Gr\xc3\xb6\xc3\x9f"
            "e");
}

TEST(Text, IsWrappedAtSpaces) {
  EXPECT_EQ(wrapped("short", 4), "    short\n");
  const std::string word(30, 'x');
  EXPECT_EQ(wrapped(word + " " + word + " " + word, 2),
            "  " + word + " " + word + "\n  " + word + "\n");
  const std::string long_word(100, 'y');
  EXPECT_EQ(wrapped("a " + long_word, 2), "  a\n  " + long_word + "\n") << "never cut";
}

TEST(Text, ColoursOnlyIfWanted) {
  EXPECT_EQ(coloured("x", Colour::kBad, false), "x");
  EXPECT_EQ(coloured("x", Colour::kNone, true), "x");
  EXPECT_EQ(coloured("x", Colour::kBad, true), "\x1b[1;31mx\x1b[0m");
}

TEST(Text, ATableIsAsWideAsItMustBe) {
  Table table({{"STATE"}, {"N", Table::Align::kRight}, {"NAME"}}, false);
  table.row({"up", "12", "web"}, Colour::kGood);
  table.row({"unknown", "3", "x"}, Colour::kOdd);
  table.detail("why");
  EXPECT_EQ(table.to_string(),
            "STATE     N  NAME\n"
            "up       12  web\n"
            "unknown   3  x\n"
            "         why\n");
}

}  // namespace
}  // namespace holdfast::ctl
