// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/agent.h"

#include "tests/unit/check/talks.h"

namespace holdfast::check {
namespace {

using Health = AgentReport::Health;
using Mode = AgentReport::Mode;

AgentReport report(std::optional<Health> health, std::optional<Mode> mode,
                   std::optional<std::uint8_t> weight = {}) {
  return {health, mode, weight, "", ""};
}

TEST(AgentLine, EveryWord) {
  EXPECT_EQ(parse_agent_line("up"), report(Health::kUp, {}));
  EXPECT_EQ(parse_agent_line("down"), report(Health::kDown, {}));
  EXPECT_EQ(parse_agent_line("fail"), report(Health::kFail, {}));
  EXPECT_EQ(parse_agent_line("failed"), report(Health::kFail, {}));
  EXPECT_EQ(parse_agent_line("stopped"), report(Health::kStopped, {}));
  EXPECT_EQ(parse_agent_line("ready"), report({}, Mode::kReady));
  EXPECT_EQ(parse_agent_line("drain"), report({}, Mode::kDrain));
  EXPECT_EQ(parse_agent_line("maint"), report({}, Mode::kMaint));
  EXPECT_EQ(parse_agent_line("0%"), report({}, {}, 0));
  EXPECT_EQ(parse_agent_line("75%"), report({}, {}, 75));
  EXPECT_EQ(parse_agent_line("maxconn:30"), AgentReport{});
}

TEST(AgentLine, WordsTogether) {
  EXPECT_EQ(parse_agent_line(" UP,ready\t50% maxconn:9\r\n"),
            report(Health::kUp, Mode::kReady, 50));
  EXPECT_EQ(parse_agent_line("up down"), report(Health::kDown, {}));
  EXPECT_EQ(parse_agent_line("drain ready"), report({}, Mode::kReady));
}

TEST(AgentLine, MoreThanAllIsAll) {
  EXPECT_EQ(parse_agent_line("101%").weight, 100);
  EXPECT_EQ(parse_agent_line("99999999999999999999999999%").weight, 100);
}

TEST(AgentLine, Comments) {
  const AgentReport found = parse_agent_line("down # disk full, up 50% \r\n");
  EXPECT_EQ(found.health, Health::kDown);
  EXPECT_EQ(found.comment, "disk full, up 50%");
  EXPECT_EQ(parse_agent_line("up#").comment, "");
  EXPECT_EQ(parse_agent_line("up# ").comment, "");
}

TEST(AgentLine, WhatIsNoWord) {
  for (const char* const word : {"upp", "%", "x%", "-1%", "5 %", "maxconn:", "maxconn:x", "\x01"}) {
    EXPECT_NE(parse_agent_line(word).unknown, "") << word;
  }
  EXPECT_EQ(parse_agent_line("up bogus other").unknown, "bogus");
}

Talk agent(std::string send = "") {
  return [send = std::move(send)] {
    return std::make_unique<AgentConversation>(AgentCheck{{}, send});
  };
}

Conclusion verdict(std::string_view line) {
  const auto talk = agent()();
  talk->begin();
  return talk->received(std::string(line) + "\n").end.value();
}

TEST(Agent, SaysWhetherItIsUpAndHowMuchItTakes) {
  EXPECT_EQ(verdict("up"), (Conclusion{true, "agent: up", {}}));
  EXPECT_EQ(verdict("up 30%"), (Conclusion{true, "agent: up", 30}));
  EXPECT_EQ(verdict("30%"), (Conclusion{true, "agent: up", 30}));
  EXPECT_EQ(verdict("ready"), (Conclusion{true, "agent: up", {}}));
  EXPECT_EQ(verdict("up drain 30%"), (Conclusion{true, "agent: drain", 0}));
  EXPECT_EQ(verdict("up maint"), (Conclusion{false, "agent: maint", {}}));
  EXPECT_EQ(verdict("down 30%# disk full"), (Conclusion{false, "agent: down: 'disk full'", {}}));
  EXPECT_EQ(verdict("stopped"), (Conclusion{false, "agent: stopped", {}}));
  EXPECT_EQ(verdict("failed"), (Conclusion{false, "agent: fail", {}}));
}

TEST(Agent, WhatSaysNothingIsBad) {
  EXPECT_FALSE(verdict("").good);
  EXPECT_FALSE(verdict("# only a comment").good);
  EXPECT_FALSE(verdict("maxconn:3").good);
  EXPECT_EQ(verdict("up \xff").reason, "the agent says '\\xff', which is no word of it");
}

TEST(Agent, OneLineOfAStream) {
  EXPECT_EQ(transcript(agent("lb1\n"), "up\r\ndown\r\n"), "sent 'lb1\n'; good: agent: up");
  EXPECT_EQ(transcript(agent(), "up", true), "sent ''; good: agent: up");
  EXPECT_EQ(transcript(agent(), "up"), "sent ''; silence: no end of the line 'up'");
  EXPECT_EQ(transcript(agent(), ""), "sent ''; silence: no answer");
  EXPECT_EQ(transcript(agent(), "", true),
            "sent ''; bad: the agent closed the connection and said nothing");
  EXPECT_EQ(transcript(agent(), std::string(100000, ' ')),
            "sent ''; bad: an endless line of the agent");
}

}  // namespace
}  // namespace holdfast::check
