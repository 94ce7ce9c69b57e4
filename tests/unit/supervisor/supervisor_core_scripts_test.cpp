// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

// What the supervisor core does for checks by script, file and process.
namespace holdfast::supervisor {
namespace {

Config with_script_and_file() {
  Config config = config_of({"web"}, {"script", "file"});
  config.checks[0].target = ScriptCheck{{{"/bin/true"}}};
  config.checks[1].target = FileCheck{"/run/load"};
  return config;
}

ScriptEnded ended(std::uint32_t life) {
  return {{"script", 7, ScriptVerdict::kGood, "exited with status 0", {}}, life};
}

TEST(SupervisorCoreScripts, AScriptIsRunByNameAndAnswered) {
  Driver driver;
  driver.run(with_script_and_file());
  EXPECT_EQ(driver.say(Role::kCheck, RunScript{"script", 7}),
            Lines{"StartScript script #7 of life 1"});
  EXPECT_EQ(driver.tell(ended(1)), Lines{"Send check-worker ScriptResult script"});
}

TEST(SupervisorCoreScripts, TheAnswerIsForTheLifeThatAsked) {
  Driver driver;
  driver.run(with_script_and_file());
  driver.say(Role::kCheck, RunScript{"script", 7});
  driver.kill(Role::kCheck);
  EXPECT_EQ(driver.tell(ended(1)), Lines{});
  driver.bring_up(Role::kCheck);
  EXPECT_EQ(driver.tell(ended(1)), Lines{});
  EXPECT_EQ(driver.say(Role::kCheck, RunScript{"script", 1}),
            Lines{"StartScript script #1 of life 2"});
}

TEST(SupervisorCoreScripts, OnlyAScriptCanBeRunAndOnlyForTheCheckWorker) {
  for (const char* const name : {"file", "nobody", "web", ""}) {
    Driver driver;
    driver.run(with_script_and_file());
    const Lines lines = driver.say(Role::kCheck, RunScript{name, 1});
    ASSERT_EQ(lines.size(), 2U) << name;
    EXPECT_EQ(lines[1], "Kill check-worker");
  }
  Driver driver;
  driver.run(with_script_and_file());
  EXPECT_EQ(driver.say(Role::kVrrp, RunScript{"script", 1}).back(), "Kill vrrp-worker");
}

TEST(SupervisorCoreScripts, OneThatAReloadHasJustRemovedIsNotRun) {
  Driver driver;
  driver.run(with_script_and_file());
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.say(Role::kCheck, RunScript{"script", 7}), Lines{});
}

TEST(SupervisorCoreScripts, WhatIsSeenIsToldAndToldAgainToANewLife) {
  Driver driver;
  driver.run(with_script_and_file());
  const Observation seen{"file", true, 3, "holds 3"};
  EXPECT_EQ(driver.tell(Observed{seen}), Lines{"Send check-worker Observation file"});
  EXPECT_EQ(driver.core.retained(), std::vector<Message>{seen});
  driver.kill(Role::kCheck);
  const Observation later{"file", false, 0, "does not exist"};
  EXPECT_EQ(driver.tell(Observed{later}), Lines{}) << "kept for the next life";
  const Lines greeting = driver.say(Role::kCheck, Hello{Role::kCheck, kBuild});
  EXPECT_EQ(greeting, (Lines{"Send check-worker Configure 1", "Send check-worker Observation file",
                             "Send check-worker Start 3600000000"}));
  EXPECT_EQ(driver.core.retained(), std::vector<Message>{later});
}

TEST(SupervisorCoreScripts, WhatIsSeenOfNoSuchCheckGoesNowhere) {
  Driver driver;
  driver.run(with_script_and_file());
  EXPECT_EQ(driver.tell(Observed{{"script", true, {}, ""}}), Lines{});
  EXPECT_TRUE(driver.core.retained().empty());
}

TEST(SupervisorCoreScripts, NobodyIsToldWhatAReloadForgets) {
  Driver driver;
  driver.run(with_script_and_file());
  driver.tell(Observed{{"file", true, 3, "holds 3"}});
  driver.tell(ConfigLoaded{config_of({"web"}, {"file"})});
  EXPECT_TRUE(driver.core.retained().empty()) << "a check of that name, but of another kind";
}

TEST(SupervisorCoreScripts, NothingIsStartedWhileStopping) {
  Driver driver;
  driver.run(with_script_and_file());
  driver.tell(Terminate{});
  EXPECT_EQ(driver.say(Role::kCheck, RunScript{"script", 7}), Lines{});
}

}  // namespace
}  // namespace holdfast::supervisor
