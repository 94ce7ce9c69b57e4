// SPDX-License-Identifier: Apache-2.0
#include "ctl/screen.h"

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

TEST(CutTo, KeepsWhatFits) {
  EXPECT_EQ(cut_to("one\ntwo\n", 24, 80), "one\ntwo");
  EXPECT_EQ(cut_to("", 24, 80), "");
  EXPECT_EQ(cut_to("one\n\ntwo", 24, 80), "one\n\ntwo");
}

TEST(CutTo, CutsRowsAndColumns) {
  EXPECT_EQ(cut_to("one\ntwo\nthree\n", 2, 80), "one\ntwo");
  EXPECT_EQ(cut_to("three\ntwo\n", 24, 3), "thr\ntwo");
  EXPECT_EQ(cut_to("one", 0, 80), "");
}

TEST(CutTo, ACharacterIsAColumn) {
  EXPECT_EQ(cut_to("äöü", 1, 2), "äö");
}

TEST(CutTo, ColoursTakeNoColumnAndEndWithTheLine) {
  EXPECT_EQ(cut_to("\x1b[31mred\x1b[0m!", 1, 4), "\x1b[31mred\x1b[0m!");
  EXPECT_EQ(cut_to("\x1b[31mred\x1b[0m", 1, 2), "\x1b[31mre\x1b[0m");
  EXPECT_EQ(cut_to("\x1b[31mred", 1, 9), "\x1b[31mred\x1b[0m");
}

TEST(CutTo, WhatIsNoColourIsACharacter) {
  EXPECT_EQ(cut_to("\x1b[", 1, 1), "\x1b");
}

}  // namespace
}  // namespace holdfast::ctl
