// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/script_end.h"

#include <gtest/gtest.h>

#include <csignal>

namespace holdfast::supervisor {
namespace {

std::string line_of(std::initializer_list<std::string_view> pieces) {
  FirstLine line;
  for (const std::string_view piece : pieces) line.take(piece);
  return line.text();
}

TEST(FirstLine, IsTheFirstThatSaysSomething) {
  EXPECT_EQ(line_of({}), "");
  EXPECT_EQ(line_of({"no newline"}), "no newline");
  EXPECT_EQ(line_of({"one\ntwo\n"}), "one");
  EXPECT_EQ(line_of({"\n \n\r\n  three \r\nfour"}), "three");
  EXPECT_EQ(line_of({"in ", "pie", "ces\nmore", "\n"}), "in pieces");
}

TEST(FirstLine, IsBoundedAndPrintable) {
  EXPECT_EQ(line_of({std::string(1000, 'x'), "y\n"}), std::string(FirstLine::kMax, 'x'));
  EXPECT_EQ(line_of({"a\x1b[2Jb\x7f\tc\xc3\xa4"}), "a?[2Jb? c\?\?");
}

TEST(FirstLine, CountsEverything) {
  FirstLine line;
  line.take("\n\nab\ncd");
  line.take(std::string(100'000, '\n'));
  EXPECT_EQ(line.bytes(), 100'007U);
  EXPECT_EQ(line.text(), "ab");
}

TEST(ScriptEnd, OnlyStatusZeroIsASuccess) {
  const ScriptVerdictAndWeight bad{};
  EXPECT_EQ(verdict_of({}, false), (ScriptVerdictAndWeight{true, {}}));
  EXPECT_EQ(verdict_of({.status = 1}, false), bad);
  EXPECT_EQ(verdict_of({.status = 2}, false), bad);
  for (const bool dynamic : {false, true}) {
    EXPECT_EQ(verdict_of({.signal = SIGKILL}, dynamic), bad);
    EXPECT_EQ(verdict_of({.late = true}, dynamic), bad);
    EXPECT_EQ(verdict_of({.late = true, .status = 50}, dynamic), bad);
    EXPECT_EQ(verdict_of({.error = "cannot be executed", .status = 127}, dynamic), bad);
  }
}

// keepalived's misc_dynamic.
TEST(ScriptEnd, AStatusMayBeAWeight) {
  EXPECT_EQ(verdict_of({.status = 0}, true), (ScriptVerdictAndWeight{true, {}}));
  EXPECT_EQ(verdict_of({.status = 1}, true), ScriptVerdictAndWeight{});
  EXPECT_EQ(verdict_of({.status = 2}, true), (ScriptVerdictAndWeight{true, 0}));
  EXPECT_EQ(verdict_of({.status = 52}, true), (ScriptVerdictAndWeight{true, 50}));
  EXPECT_EQ(verdict_of({.status = 102}, true), (ScriptVerdictAndWeight{true, 100}));
  EXPECT_EQ(verdict_of({.status = 255}, true), (ScriptVerdictAndWeight{true, 100}));
}

TEST(ScriptEnd, SaysHow) {
  const Duration second = std::chrono::seconds{1};
  EXPECT_EQ(reason_of({}, second), "exited with status 0");
  EXPECT_EQ(reason_of({.status = 2, .line = "no route"}, second), "exited with status 2: no route");
  EXPECT_EQ(reason_of({.signal = SIGSEGV}, second), "killed by SIGSEGV");
  EXPECT_EQ(reason_of({.late = true, .signal = SIGTERM}, second), "did not end within 1 s");
  EXPECT_EQ(reason_of({.late = true, .line = "waiting"}, second / 4),
            "did not end within 250 ms: waiting");
  EXPECT_EQ(reason_of({.error = "cannot be executed: Permission denied", .status = 1}, second),
            "cannot be executed: Permission denied");
}

}  // namespace
}  // namespace holdfast::supervisor
