// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/inquiries.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

CheckDetails page(const Lines& names, bool more) {
  CheckDetails page;
  for (const std::string& name : names) {
    CheckDetail detail;
    detail.check = name;
    page.checks.push_back(detail);
  }
  page.more = more;
  return page;
}

// ---- Through the supervisor's core.

TEST(Inquiries, ChecksAreGatheredPageByPageForAllWhoAskMeanwhile) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.tell(AskedForChecks{7}), Lines{"Send check-worker AskChecks"});
  EXPECT_EQ(driver.tell(AskedForChecks{8}), Lines{});
  EXPECT_EQ(driver.say(Role::kCheck, page({"a", "b"}, true)), Lines{"Send check-worker AskChecks"});
  EXPECT_EQ(driver.say(Role::kCheck, page({"c"}, false)), Lines{"Gathered #7 #8 a b c"});
  EXPECT_EQ(driver.tell(AskedForChecks{9}), Lines{"Send check-worker AskChecks"});
  EXPECT_EQ(driver.say(Role::kCheck, page({}, false)), Lines{"Gathered #9"});
}

TEST(Inquiries, ThePageAskedForIsTheNext) {
  Inquiries inquiries;
  EXPECT_EQ(inquiries.ask_checks(1), AskChecks{});
  const auto next = inquiries.told(page({"a", "b"}, true));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(std::get<AskChecks>(*next), AskChecks{"b"});
}

TEST(Inquiries, WithoutACheckWorkerNothingIsKnownAndNothingIsRun) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.tell(AskedForChecks{7}), Lines{"Gathered #7"});
  EXPECT_EQ(driver.tell(AskedToRun{8, "app"}),
            Lines{"Refused #8: the check-worker is not running"});
}

TEST(Inquiries, WhoseWorkerEndsIsAnswered) {
  Driver driver;
  driver.run();
  driver.tell(AskedForChecks{7});
  driver.say(Role::kCheck, page({"a"}, true));
  driver.tell(AskedToRun{8, "app"});
  const Lines lines = driver.kill(Role::kCheck);
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "Gathered #7");
  EXPECT_EQ(lines[1], "Refused #8: the worker has ended meanwhile");
  driver.bring_up(Role::kCheck);
  EXPECT_EQ(driver.tell(AskedForChecks{9}), Lines{"Send check-worker AskChecks"});
}

TEST(Inquiries, ARunIsToldWhenItHasEnded) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.tell(AskedToRun{8, "app"}), Lines{"Send check-worker RunCheck app"});
  EXPECT_EQ(driver.say(Role::kCheck, CheckRun{8, "0.0 ms  connects", {}}), Lines{});
  EXPECT_EQ(driver.say(Role::kCheck, CheckRun{8, "connection refused", ScriptVerdict::kBad}),
            Lines{"Run #8 app 1 lines: connection refused"});
}

TEST(Inquiries, ATestOfAReceiverIsToldWhenItHasEnded) {
  Driver driver;
  Config config = config_of({"web"}, {"app"});
  config.alerts.receivers = {{"ops", WebhookReceiver{}}};
  driver.run(config);
  EXPECT_EQ(driver.tell(AskedToTest{8, "ops"}), Lines{"Send alert-worker RunCheck ops"});
  EXPECT_EQ(driver.say(Role::kAlert, CheckRun{8, "HTTP 503", ScriptVerdict::kBad}),
            Lines{"Tested #8 ops: HTTP 503"});
  EXPECT_EQ(driver.tell(AskedToTest{9, "opps"}),
            Lines{"Refused #9: there is no receiver of alerts 'opps', did you mean 'ops'?"});
}

TEST(Inquiries, WhatCannotBeRunIsRefused) {
  Driver driver;
  Config config = config_of({"web"}, {"script", "file"});
  config.checks[0].target = ScriptCheck{{{"/bin/true"}}};
  config.checks[1].target = FileCheck{"/run/load"};
  driver.run(config);
  EXPECT_EQ(driver.tell(AskedToRun{1, "nobody"}),
            Lines{"Refused #1: there is no check 'nobody'; there are 'script' and 'file'"});
  EXPECT_EQ(driver.tell(AskedToRun{1, "scirpt"}),
            Lines{"Refused #1: there is no check 'scirpt', did you mean 'script'?"});
  EXPECT_EQ(driver.tell(AskedToRun{2, "file"}),
            Lines{"Refused #2: check file is watched, not asked: what is seen of it is its state "
                  "already"});
  EXPECT_EQ(driver.tell(AskedToRun{3, "script"}), Lines{"StartScript script #0 of life 0 for #3"});
  driver.tell(Terminate{});
  EXPECT_EQ(driver.tell(AskedToRun{4, "script"}), Lines{"Refused #4: holdfastd is stopping"});
}

TEST(Inquiries, OnlySomeRunAtOnce) {
  Driver driver;
  driver.run();
  for (Ticket ticket = 1; ticket <= Inquiries::kRunsMax; ++ticket) {
    EXPECT_EQ(driver.tell(AskedToRun{ticket, "app"}), Lines{"Send check-worker RunCheck app"});
  }
  EXPECT_EQ(driver.tell(AskedToRun{99, "app"}),
            Lines{"Refused #99: 8 checks are being run already"});
  driver.say(Role::kCheck, CheckRun{1, "connected", ScriptVerdict::kGood});
  EXPECT_EQ(driver.tell(AskedToRun{99, "app"}), Lines{"Send check-worker RunCheck app"});
}

TEST(Inquiries, WhatNobodyAskedForEndsItsSender) {
  for (const Message& message :
       {Message(page({}, false)), Message(CheckRun{8, "connected", ScriptVerdict::kGood})}) {
    Driver driver;
    driver.run();
    EXPECT_EQ(driver.say(Role::kCheck, message).back(), "Kill check-worker");
  }
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.say(Role::kVrrp, page({}, false)).back(), "Kill vrrp-worker");
}

TEST(Inquiries, WhatIsOutOfOrderOrWithoutAnEndIsAnError) {
  Inquiries inquiries;
  inquiries.ask_checks(1);
  EXPECT_FALSE(inquiries.told(page({}, true)));
  EXPECT_FALSE(inquiries.told(page({""}, false)));
  EXPECT_FALSE(inquiries.told(page({"b", "a"}, false)));
  EXPECT_FALSE(inquiries.told(page({"b"}, true))) << "once more";
  inquiries.run(2, "app");
  for (std::size_t i = 0; i < CheckRun::kLinesMax; ++i) {
    EXPECT_TRUE(inquiries.told(CheckRun{2, "line", {}}));
  }
  EXPECT_FALSE(inquiries.told(CheckRun{2, "line", {}}));
}

}  // namespace
}  // namespace holdfast::supervisor
