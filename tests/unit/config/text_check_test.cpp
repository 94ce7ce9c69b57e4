// SPDX-License-Identifier: Apache-2.0
#include "config/text_check.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using namespace std::string_literals;

Texts check(const std::string& document) {
  Faults faults("f");
  const bool good = check_text(document, faults);
  EXPECT_EQ(good, faults.empty());
  return texts_of(faults.take());
}

TEST(TextCheck, TakesUtf8OfEveryLength) {
  EXPECT_EQ(check(""), Texts{});
  EXPECT_EQ(check("a\tb\r\n\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbd\n"), Texts{});
  EXPECT_EQ(check("\xc2\xa0 \xed\x9f\xbf \xee\x80\x80"), Texts{});
}

TEST(TextCheck, RefusesWhatIsNotUtf8AtItsPlace) {
  const std::string expected = ", expected UTF-8 text";
  EXPECT_EQ(check("a\nb\xff"), Texts{"f:2:2: found the byte 0xff" + expected});
  EXPECT_EQ(check("\x80"), Texts{"f:1:1: found the byte 0x80" + expected});
  EXPECT_EQ(check("\xc3"), Texts{"f:1:1: found the byte 0xc3" + expected});
  EXPECT_EQ(check("\xc3("), Texts{"f:1:1: found the byte 0xc3" + expected});
  EXPECT_EQ(check("\xc0\xaf"), Texts{"f:1:1: found the byte 0xc0" + expected}) << "overlong";
  EXPECT_EQ(check("\xe0\x80\xaf"), Texts{"f:1:1: found the byte 0xe0" + expected}) << "overlong";
  EXPECT_EQ(check("\xf0\x80\x80\xaf"), Texts{"f:1:1: found the byte 0xf0" + expected})
      << "overlong";
  EXPECT_EQ(check("\xed\xa0\x80"), Texts{"f:1:1: found the byte 0xed" + expected}) << "surrogate";
  EXPECT_EQ(check("\xf4\x90\x80\x80"), Texts{"f:1:1: found the byte 0xf4" + expected});
  EXPECT_EQ(check("\xf5\x80\x80\x80"), Texts{"f:1:1: found the byte 0xf5" + expected});
  EXPECT_EQ(check("\xff\xfe:\0"s), Texts{"f:1:1: found the byte 0xff" + expected}) << "UTF-16";
}

TEST(TextCheck, RefusesControlCharacters) {
  const std::string expected = ", expected text";
  EXPECT_EQ(check("a: 1\n\x04"), Texts{"f:2:1: found the control character U+0004" + expected});
  EXPECT_EQ(check("\0"s), Texts{"f:1:1: found the control character U+0000" + expected});
  EXPECT_EQ(check("a\x7f"), Texts{"f:1:2: found the control character U+007f" + expected});
  EXPECT_EQ(check("\xc2\x9b"), Texts{"f:1:1: found the control character U+009b" + expected});
  EXPECT_EQ(check("\xef\xbf\xbe"), Texts{"f:1:1: found the control character U+fffe" + expected});
}

TEST(TextCheck, RefusesALoneCarriageReturn) {
  const Texts lone{"f:1:5: found a carriage return alone, expected lines that end in LF or CRLF"};
  EXPECT_EQ(check("a: 1\rb: 2\n"), lone);
  EXPECT_EQ(check("a: 1\r"), lone);
}

// libyaml ends a line, and so a comment, at each of these; an editor does not.
TEST(TextCheck, RefusesWhatEndsALineForSomeOnly) {
  const std::string expected = ", expected lines that end in LF or CRLF";
  EXPECT_EQ(check("# a\xc2\x85"
                  "b: 1\n"),
            Texts{"f:1:4: found the line end U+0085" + expected});
  EXPECT_EQ(check("# a\xe2\x80\xa8"
                  "b: 1\n"),
            Texts{"f:1:4: found the line end U+2028" + expected});
  EXPECT_EQ(check("'\xe2\x80\xa9'"), Texts{"f:1:2: found the line end U+2029" + expected});
}

TEST(TextCheck, RefusesAByteOrderMarkInside) {
  EXPECT_EQ(check("a: \xef\xbb\xbf"
                  "1\n"),
            Texts{"f:1:4: found a byte order mark, expected it at the beginning at most"});
}

}  // namespace
}  // namespace holdfast
