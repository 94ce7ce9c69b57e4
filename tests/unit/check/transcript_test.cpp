// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/transcript.h"

#include <gtest/gtest.h>

namespace holdfast::check {
namespace {

using std::chrono::microseconds;
using Lines = std::vector<std::string>;

constexpr Time kStart{std::chrono::hours{1}};

TEST(Transcript, HasALineForEachEvent) {
  Transcript transcript(kStart);
  transcript.note(kStart, "connecting to 192.0.2.1:25");
  transcript.received(kStart + microseconds{420}, "220 mx\r\n");
  transcript.sent(kStart + microseconds{12345678}, "\x01");
  transcript.received(kStart + microseconds{12345678}, "");
  EXPECT_EQ(transcript.lines(),
            (Lines{"     0.0 ms  connecting to 192.0.2.1:25",
                   "     0.4 ms  received 8 bytes: '220 mx\\r\\n'",
                   " 12345.7 ms  sent 1 byte: '\\x01'", " 12345.7 ms  received 0 bytes: nothing"}));
}

TEST(Transcript, IsBounded) {
  Transcript transcript(kStart);
  for (int i = 0; i < 1000; ++i) transcript.received(kStart, std::string(100'000, '\0'));
  const Lines lines = transcript.lines();
  ASSERT_EQ(lines.size(), CheckRun::kLinesMax - 1);
  for (const std::string& line : lines) EXPECT_LE(line.size(), kStringSizeMax);
  EXPECT_EQ(lines.back(), "and 938 more");
}

}  // namespace
}  // namespace holdfast::check
