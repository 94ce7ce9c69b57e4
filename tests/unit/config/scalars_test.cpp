// SPDX-License-Identifier: Apache-2.0
#include "config/scalars.h"

#include <gtest/gtest.h>

#include <optional>

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ParseInteger, TakesPlainDecimals) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("150"), 150);
  EXPECT_EQ(parse_integer("-253"), -253);
  EXPECT_EQ(parse_integer("999999999999999999"), 999'999'999'999'999'999);
}

TEST(ParseInteger, RefusesWhatYamlReadersDisagreeOn) {
  for (const char* text : {"", "-", "+5", "010", "-010", "0x10", "0o10", "1_000", "1.0", "1e3",
                           " 1", "1 ", "1x", "1000000000000000000", "true"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(ParseDuration, TakesEveryUnitAndThreeDecimals) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(parse_duration("1s"), seconds{1});
  EXPECT_EQ(parse_duration("2m"), minutes{2});
  EXPECT_EQ(parse_duration("1h"), hours{1});
  EXPECT_EQ(parse_duration("0s"), seconds{0});
  EXPECT_EQ(parse_duration("40.95s"), milliseconds{40'950});
  EXPECT_EQ(parse_duration("0.001ms"), microseconds{1});
  EXPECT_EQ(parse_duration("1.5h"), minutes{90});
  EXPECT_EQ(parse_duration("1.050s"), milliseconds{1050});
  EXPECT_EQ(parse_duration("1000000h"), hours{1'000'000});
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text :
       {"", "1", "s", ".5s", "1.s", "1.0000s", "-1s", "+1s", "01s", "1 s", "1S", "1sec", "1ss",
        "1d", "1us", "1s ", "1000001s", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsWhatParsesToTheSame) {
  EXPECT_EQ(duration_text(Duration{0}), "0s");
  EXPECT_EQ(duration_text(milliseconds{250}), "250ms");
  EXPECT_EQ(duration_text(seconds{90}), "90s");
  EXPECT_EQ(duration_text(minutes{2}), "2m");
  EXPECT_EQ(duration_text(hours{24}), "24h");
  EXPECT_EQ(duration_text(milliseconds{40'950}), "40.95s");
  EXPECT_EQ(duration_text(microseconds{1500}), "1.5ms");
  EXPECT_EQ(duration_text(microseconds{1'234'567}), "1234.567ms");
  for (std::int64_t count = 1; count < 1'000'000'000; count = count * 3 + 7) {
    EXPECT_EQ(parse_duration(duration_text(Duration{count})), Duration{count}) << count;
  }
}

TEST(Quote, ShowsNothingThatATerminalOrALogWouldObey) {
  EXPECT_EQ(quote("eth0"), "'eth0'");
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("a\nb\x1b[31m\x7f"), "'a\\x0ab\\x1b[31m\\x7f'");
  EXPECT_EQ(quote("\xc2\x9b"), "'\\xc2\\x9b'");
  EXPECT_EQ(quote(std::string(64, 'a')), "'" + std::string(64, 'a') + "'");
  EXPECT_EQ(quote(std::string(65, 'a')), "'" + std::string(64, 'a') + "...'");
}

}  // namespace
}  // namespace holdfast
