// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/process_count.h"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::supervisor {
namespace {

using Words = std::vector<std::string>;

TEST(ParseStat, FindsNameAndState) {
  const ProcessLook look = parse_stat("17 (nginx) S 1 17 17 0");
  EXPECT_EQ(look.name, "nginx");
  EXPECT_TRUE(look.running);
  EXPECT_FALSE(parse_stat("17 (nginx) Z 1 17 17 0").running);
  EXPECT_FALSE(parse_stat("17 (nginx) X 1 17 17 0").running);
  EXPECT_TRUE(parse_stat("17 (nginx) D 1 17 17 0").running);
}

TEST(ParseStat, ANameMayHoldAnything) {
  const ProcessLook look = parse_stat("17 (a) Z (b) c)) R 1 17");
  EXPECT_EQ(look.name, "a) Z (b) c)");
  EXPECT_TRUE(look.running);
}

TEST(ParseStat, WhatIsNoStatIsNoProcess) {
  for (const char* const text : {"", "17", "17 (", "17 )(", "17 (a)", "17 (a) ", ")", "("}) {
    EXPECT_FALSE(parse_stat(text).running) << text;
  }
}

TEST(ParseCommandLine, SplitsAtNul) {
  EXPECT_EQ(parse_command_line(std::string_view("/bin/a\0-b\0\0c d\0", 15)),
            (Words{"/bin/a", "-b", "", "c d"}));
  EXPECT_EQ(parse_command_line("no nul"), Words{"no nul"});
  EXPECT_EQ(parse_command_line(""), Words{});
}

TEST(Counts, ByTheExactName) {
  const ProcessCheck nginx{"nginx", {}};
  EXPECT_TRUE(counts(nginx, {"nginx", true, {}}));
  EXPECT_FALSE(counts(nginx, {"nginx", false, {}}));
  EXPECT_FALSE(counts(nginx, {"nginx2", true, {}}));
  EXPECT_FALSE(counts(nginx, {"ngin", true, {"nginx"}}));
}

TEST(Counts, ByTheFirstWordsOfTheCommandLine) {
  const ProcessCheck check{"", {"/usr/bin/python3", "app.py"}};
  EXPECT_TRUE(counts(check, {"python3", true, {"/usr/bin/python3", "app.py"}}));
  EXPECT_TRUE(counts(check, {"python3", true, {"/usr/bin/python3", "app.py", "--port", "80"}}));
  EXPECT_FALSE(counts(check, {"python3", true, {"/usr/bin/python3"}}));
  EXPECT_FALSE(counts(check, {"python3", true, {"/usr/bin/python3", "app.pyc"}}));
  EXPECT_FALSE(counts(check, {"python3", true, {}}));
}

TEST(ObservationOf, SaysWhatIsMissingOrTooMuch) {
  ProcessCheck check{"app", {}};
  EXPECT_EQ(observation_of("a", check, 1), (Observation{"a", true, {}, "1 running"}));
  EXPECT_EQ(observation_of("a", check, 0),
            (Observation{"a", false, {}, "0 running, expected at least 1"}));
  check.min = 0;
  check.max = 0;
  EXPECT_TRUE(observation_of("a", check, 0).up);
  EXPECT_EQ(observation_of("a", check, 2),
            (Observation{"a", false, {}, "2 running, expected at most 0"}));
}

}  // namespace
}  // namespace holdfast::supervisor
