// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/control_request.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::supervisor {
namespace {

std::string refusal(std::string_view line) {
  const Result<ControlRequest> parsed = parse_request(line);
  EXPECT_FALSE(parsed) << line;
  return parsed ? "" : parsed.error().message;
}

TEST(ControlRequest, KnowsItsVerbs) {
  EXPECT_EQ(parse_request("status"), ControlRequest(AskStatus{}));
  EXPECT_EQ(parse_request("checks"), ControlRequest(ListChecks{}));
  EXPECT_EQ(parse_request("checks run web-1"), ControlRequest(RunOneCheck{"web-1"}));
}

TEST(ControlRequest, WhatIsMissingUnknownOrTooMuchIsRefused) {
  EXPECT_EQ(refusal("stat"), "unknown request 'stat'");
  EXPECT_EQ(refusal("STATUS"), "unknown request 'STATUS'");
  EXPECT_EQ(refusal("status now"), "unknown request 'status now'");
  EXPECT_EQ(refusal("checks run"), "unknown request 'checks run'");
  EXPECT_EQ(refusal("checks run one two"), "unknown request 'checks run one two'");
}

TEST(ControlRequest, IsWordsPartedBySingleBlanks) {
  EXPECT_EQ(refusal(""), "an empty request");
  for (const char* const line : {" ", " status", "status ", "status  now", "status\tnow",
                                 "status\r", "status\x7F", "stat\xC3\xBCs", "\x1B[31mstatus"}) {
    EXPECT_EQ(refusal(line),
              "a request is words of printable ASCII characters, parted by single blanks");
  }
  EXPECT_EQ(refusal(std::string_view("status\0", 7)),
            "a request is words of printable ASCII characters, parted by single blanks");
}

TEST(ControlRequest, IsBounded) {
  EXPECT_EQ(refusal(std::string(256, 'x')), "unknown request '" + std::string(256, 'x') + "'");
  EXPECT_EQ(refusal(std::string(257, 'x')),
            "a request is words of printable ASCII characters, parted by single blanks");
  EXPECT_EQ(refusal(std::string(4097, 'x')), "a request of more than 4096 bytes");
}

}  // namespace
}  // namespace holdfast::supervisor
