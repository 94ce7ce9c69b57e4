// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/file_value.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::supervisor {
namespace {

std::string error_of(std::string_view content) {
  const Result<std::int32_t> value = file_value(content);
  return value ? "none, " + std::to_string(*value) : value.error().message;
}

TEST(FileValue, IsAWholeNumberWithBlanksAroundIt) {
  EXPECT_EQ(file_value("0"), 0);
  EXPECT_EQ(file_value("3\n"), 3);
  EXPECT_EQ(file_value(" \t-20\r\n\n"), -20);
  EXPECT_EQ(file_value("+7"), 7);
  EXPECT_EQ(file_value("007"), 7);
  EXPECT_EQ(file_value("1000000"), kFileValueMax);
  EXPECT_EQ(file_value("-1000000"), -kFileValueMax);
}

TEST(FileValue, NothingElseIs) {
  for (const char* const text : {"", " ", "\n\t\r\n"}) EXPECT_EQ(error_of(text), kFileIsEmpty);
  for (const char* const text :
       {"x", "1.5", "1 2", "1x", "0x10", "-", "+", "--1", "1\n2", "99999999999"}) {
    EXPECT_EQ(error_of(text), "holds no whole number") << text;
  }
  EXPECT_EQ(error_of(std::string_view("1\0", 2)), "holds no whole number");
  EXPECT_EQ(error_of("1000001"), "holds a number beyond 1000000");
  EXPECT_EQ(error_of("-1000001"), "holds a number beyond 1000000");
}

}  // namespace
}  // namespace holdfast::supervisor
