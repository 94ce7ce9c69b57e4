// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

// What the supervisor core does for checks that mark their packets.
namespace holdfast::supervisor {
namespace {

Config with_mark() {
  Config config = config_of({"web"}, {"marked", "plain"});
  config.checks[0].connect.mark = 7;
  return config;
}

// What it says to the check-worker in answer to this, which is one message.
Message answer_to(Driver& driver, const AskSocket& asked) {
  const SupervisorActions actions =
      driver.core.handle(MessageFrom{Role::kCheck, asked}, driver.now);
  EXPECT_EQ(actions.size(), 1U);
  const auto* const sent = actions.empty() ? nullptr : std::get_if<Send>(&actions.front());
  if (sent == nullptr || sent->role != Role::kCheck) return Heartbeat{};
  return sent->message;
}

TEST(SupervisorCoreMarks, ASocketAsItsCheckSays) {
  Driver driver;
  driver.run(with_mark());
  EXPECT_EQ(answer_to(driver, {"marked", 9, true}), Message(MarkedSocket{9, true, false, 7, ""}));
  EXPECT_EQ(answer_to(driver, {"marked", 10, false}),
            Message(MarkedSocket{10, false, false, 7, ""}));
  EXPECT_TRUE(driver.core.retained().empty());
}

TEST(SupervisorCoreMarks, WhoAsksForAnotherOrIsAnotherDies) {
  for (const char* const name : {"plain", "nobody", "web", ""}) {
    Driver driver;
    driver.run(with_mark());
    const Lines lines = driver.say(Role::kCheck, AskSocket{name, 1, true});
    ASSERT_EQ(lines.size(), 2U) << name;
    EXPECT_EQ(lines[1], "Kill check-worker");
  }
  Driver driver;
  driver.run(with_mark());
  EXPECT_EQ(driver.say(Role::kVrrp, AskSocket{"marked", 1, true}).back(), "Kill vrrp-worker");
}

TEST(SupervisorCoreMarks, OneWhoseMarkAReloadHasJustRemovedIsAnsweredWithoutASocket) {
  Driver driver;
  driver.run(with_mark());
  driver.tell(ConfigLoaded{config_of({"web"}, {"marked", "plain"})});
  EXPECT_EQ(answer_to(driver, {"marked", 9, true}),
            Message(MarkedSocket{9, true, false, 0, "the check has no mark any more"}));
}

TEST(SupervisorCoreMarks, OneThatStopsIsNotAnswered) {
  Driver driver;
  driver.run(with_mark());
  driver.tell(Terminate{});
  EXPECT_EQ(driver.say(Role::kCheck, AskSocket{"marked", 1, true}), Lines{});
}

}  // namespace
}  // namespace holdfast::supervisor
