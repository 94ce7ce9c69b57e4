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
  EXPECT_EQ(parse_request("configuration"), ControlRequest(AskConfiguration{}));
  EXPECT_EQ(parse_request("checks run web-1"), ControlRequest(RunOneCheck{"web-1"}));
  EXPECT_EQ(parse_request("stop"), ControlRequest(StopDaemon{}));
  EXPECT_EQ(parse_request("stop keep"), ControlRequest(StopDaemon{.keep = true}));
  EXPECT_EQ(parse_request("stop restart"), ControlRequest(StepAside{}));
}

TEST(ControlRequest, Reloads) {
  using std::chrono::seconds;
  EXPECT_EQ(parse_request("reload"), ControlRequest(Reload{}));
  EXPECT_EQ(parse_request("reload confirm 60"), ControlRequest(Reload{seconds{60}}));
  EXPECT_EQ(parse_request("reload confirm 86400"), ControlRequest(Reload{seconds{86'400}}));
  EXPECT_EQ(parse_request("confirm"), ControlRequest(Confirm{}));
  EXPECT_EQ(refusal("reload confirm"), "expected: reload [confirm SECONDS]");
  EXPECT_EQ(refusal("reload soon 5"), "expected: reload [confirm SECONDS]");
  EXPECT_EQ(refusal("reload confirm 0"), "a time is whole seconds from 1 to one day");
  EXPECT_EQ(refusal("reload confirm 86401"), "a time is whole seconds from 1 to one day");
}

TEST(ControlRequest, WhatIsMissingUnknownOrTooMuchIsRefused) {
  EXPECT_EQ(refusal("stat"), "unknown request 'stat'");
  EXPECT_EQ(refusal("STATUS"), "unknown request 'STATUS'");
  EXPECT_EQ(refusal("status now"), "unknown request 'status now'");
  EXPECT_EQ(refusal("stop now"), "unknown request 'stop now'");
  EXPECT_EQ(refusal("checks run"), "unknown request 'checks run'");
  EXPECT_EQ(refusal("checks run one two"), "unknown request 'checks run one two'");
}

TEST(ControlRequest, OrdersOfServers) {
  using std::chrono::seconds;
  EXPECT_EQ(parse_request("server disable web 10.0.0.1:80"),
            ControlRequest(OrderServer{"web/10.0.0.1:80", OrderKind::kDisable, 0, {}}));
  EXPECT_EQ(parse_request("server enable web [2001:db8::1]:80"),
            ControlRequest(OrderServer{"web/[2001:db8::1]:80", OrderKind::kNone, 0, {}}));
  EXPECT_EQ(parse_request("server drain web 10.0.0.1:80 for 60"),
            ControlRequest(OrderServer{"web/10.0.0.1:80", OrderKind::kDrain, 0, seconds{60}}));
  EXPECT_EQ(parse_request("server weight web 10.0.0.1:80 65535 for 1"),
            ControlRequest(OrderServer{"web/10.0.0.1:80", OrderKind::kWeight, 65535, seconds{1}}));
}

TEST(ControlRequest, OrdersThatAreNone) {
  EXPECT_EQ(refusal("server"), "a server can be told disable, enable, drain and weight");
  EXPECT_EQ(refusal("server stop web a"), "a server can be told disable, enable, drain and weight");
  EXPECT_EQ(refusal("server drain web"), "expected: server drain SERVICE SERVER [for SECONDS]");
  EXPECT_EQ(refusal("server weight web a"),
            "expected: server weight SERVICE SERVER WEIGHT [for SECONDS]");
  EXPECT_EQ(refusal("server weight web a 65536"), "a weight is a whole number from 0 to 65535");
  EXPECT_EQ(refusal("server weight web a -1"), "a weight is a whole number from 0 to 65535");
  EXPECT_EQ(refusal("server drain web a for 0"), "a time is whole seconds from 1 to ten years");
  EXPECT_EQ(refusal("server drain web a for ever"), "a time is whole seconds from 1 to ten years");
  EXPECT_EQ(refusal("server enable web a for 5"), "to enable a server takes no time");
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

TEST(ControlRequest, MaintenanceIsOnForATimeOrUntilItIsOff) {
  EXPECT_EQ(parse_request("history"), ControlRequest(AskHistory{}));
  EXPECT_EQ(parse_request("maintenance on"), ControlRequest(OrderMaintenance{true, {}}));
  EXPECT_EQ(parse_request("maintenance off"), ControlRequest(OrderMaintenance{false, {}}));
  EXPECT_EQ(parse_request("maintenance on for 1800"),
            ControlRequest(OrderMaintenance{true, std::chrono::seconds{1800}}));
  for (const char* const line : {"maintenance", "maintenance maybe", "maintenance on for",
                                 "maintenance off for 5", "maintenance on 5 for"}) {
    EXPECT_EQ(refusal(line), "expected: maintenance on [for SECONDS], or maintenance off");
  }
  for (const char* const time : {"0", "-1", "1.5", "316224001"}) {
    EXPECT_EQ(refusal(std::string("maintenance on for ") + time),
              "a time is whole seconds from 1 to ten years");
  }
}

TEST(ControlRequest, IsBounded) {
  EXPECT_EQ(refusal(std::string(256, 'x')), "unknown request '" + std::string(256, 'x') + "'");
  EXPECT_EQ(refusal(std::string(257, 'x')),
            "a request is words of printable ASCII characters, parted by single blanks");
  EXPECT_EQ(refusal(std::string(4097, 'x')), "a request of more than 4096 bytes");
}

}  // namespace
}  // namespace holdfast::supervisor
