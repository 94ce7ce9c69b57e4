// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "tests/unit/check/check_core_fixture.h"

// Checks that are watched, not asked.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CheckConfig file(const std::string& path = "/run/load") {
  CheckConfig check;
  check.name = "load";
  check.target = FileCheck{path};
  return check;
}

CheckConfig process(Duration fork_delay, Duration terminate_delay) {
  CheckConfig check;
  check.name = "app";
  check.target = ProcessCheck{"app", {}, 1, 65535, fork_delay, terminate_delay};
  return check;
}

Observation holds(std::int32_t value) {
  return {"load", true, value, "holds " + std::to_string(value)};
}
Observation runs(bool up) {
  return {"app", up, {}, up ? "1 running" : "0 running"};
}

class CheckCoreWatchedTest : public CheckCoreTest {
 protected:
  static CheckAction report_value(std::int32_t value, Time since) {
    return Report{CheckState{"load", true, 100, since, "holds " + std::to_string(value), value}};
  }
};

TEST_F(CheckCoreWatchedTest, IsNeverProbedAndHasNoDeadline) {
  begin(with({file(), process(seconds{1}, seconds{1})}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_TRUE(core_.overdue(now_ + std::chrono::hours{1}).empty());
}

TEST_F(CheckCoreWatchedTest, EveryNumberIsReportedOnce) {
  begin(with({file()}));
  EXPECT_EQ(tell(holds(3)),
            (CheckActions{report_value(3, now_), info("check load is up: holds 3")}));
  now_ += seconds{1};
  EXPECT_EQ(tell(holds(3)), CheckActions{});
  EXPECT_EQ(tell(holds(-4)),
            (CheckActions{report_value(-4, now_), info("check load is up: holds -4")}));
  now_ += seconds{1};
  EXPECT_EQ(tell(Observation{"load", false, 0, "/run/load does not exist"}),
            (CheckActions{Report{CheckState{"load", false, 0, now_, "/run/load does not exist", 0}},
                          warning("check load is down: /run/load does not exist")}));
}

TEST_F(CheckCoreWatchedTest, AnotherReasonIsReportedButTheStateIsAsOldAsItWas) {
  begin(with({file()}));
  tell(Observation{"load", false, 0, "is empty"});
  const Time since = now_;
  now_ += seconds{1};
  EXPECT_EQ(tell(Observation{"load", false, 0, "does not exist"}),
            (CheckActions{Report{CheckState{"load", false, 0, since, "does not exist", 0}},
                          warning("check load is down: does not exist")}));
}

TEST_F(CheckCoreWatchedTest, WhatIsSeenBeforeBeginCountsFromThen) {
  ASSERT_EQ(tell(with({file()})), CheckActions{});
  EXPECT_EQ(tell(holds(1)), CheckActions{});
  EXPECT_EQ(tell(holds(2)), CheckActions{});
  EXPECT_EQ(tell(Begin{}),
            (CheckActions{report_value(2, now_), info("check load is up: holds 2")}));
}

TEST_F(CheckCoreWatchedTest, ANewLifeThatSeesTheSameSaysNothing) {
  ASSERT_EQ(tell(with({file(), process(seconds{0}, seconds{5})})), CheckActions{});
  tell(CheckState{"load", true, 100, now_ - seconds{9}, "holds 3", 3});
  tell(CheckState{"app", true, 100, now_ - seconds{9}, "1 running"});
  tell(holds(3));
  tell(runs(true));
  EXPECT_EQ(tell(Begin{}), CheckActions{});
  EXPECT_EQ(tell(holds(4)).size(), 2U);
}

TEST_F(CheckCoreWatchedTest, AChangeCountsWhenItHasStoodForItsDelay) {
  begin(with({process(milliseconds{200}, seconds{1})}));
  EXPECT_EQ(tell(runs(true)).size(), 2U) << "the first sight counts at once";
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_EQ(tell(runs(false)), CheckActions{});
  EXPECT_EQ(core_.deadline(), now_ + seconds{1});
  CheckActions actions = wake();
  EXPECT_EQ(actions, (CheckActions{report("app", false, now_, "0 running"),
                                   warning("check app is down: 0 running")}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_EQ(tell(runs(true)), CheckActions{});
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{200});
  actions = wake();
  EXPECT_EQ(actions, (CheckActions{report("app", true, now_, "1 running"),
                                   info("check app is up: 1 running")}));
}

TEST_F(CheckCoreWatchedTest, WhatIsBackInTimeWasNeverAway) {
  begin(with({process(seconds{0}, seconds{1})}));
  tell(runs(true));
  const Time since = now_;
  tell(runs(false));
  now_ += milliseconds{900};
  EXPECT_EQ(tell(runs(true)), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  now_ += seconds{1};
  tell(runs(false));
  EXPECT_EQ(core_.deadline(), now_ + seconds{1}) << "counted anew";
  EXPECT_LT(since, now_);
}

TEST_F(CheckCoreWatchedTest, AReloadThatWatchesSomethingElseForgetsWhatWasSeen) {
  begin(with({file()}));
  tell(holds(3));
  ASSERT_EQ(tell(with({file("/run/other")})), CheckActions{});
  EXPECT_EQ(tell(holds(3)).size(), 2U) << "the same number, but of another file";
  ASSERT_EQ(tell(with({file("/run/other")})), CheckActions{});
  EXPECT_EQ(tell(holds(3)), CheckActions{});
}

TEST_F(CheckCoreWatchedTest, AReloadDuringADelayForgetsIt) {
  begin(with({process(seconds{0}, seconds{1})}));
  tell(runs(true));
  tell(runs(false));
  ASSERT_EQ(tell(with({})), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  ASSERT_EQ(tell(with({process(seconds{0}, seconds{2})})), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(CheckCoreWatchedTest, OneThatIsAskedFromNowOnIs) {
  begin(with({file()}));
  tell(holds(3));
  ASSERT_EQ(tell(with({named("load")})), CheckActions{});
  EXPECT_EQ(tell(holds(4)), CheckActions{}) << "a word that was on its way";
  EXPECT_EQ(wake(), CheckActions{start(named("load"), 1)});
}

TEST_F(CheckCoreWatchedTest, AScriptIsAskedLikeAPort) {
  CheckConfig script = nginx();
  script.target = ScriptCheck{{{"/bin/true"}}};
  begin(with({script}));
  EXPECT_EQ(wake(), CheckActions{start(script, 1)});
  EXPECT_EQ(tell(ProbeFinished{"nginx", 1, false, "exited with status 1"}).size(), 2U);
}

TEST_F(CheckCoreWatchedTest, WhatIsSeenOfWhatIsAskedMeansNothing) {
  begin_up(nginx());
  EXPECT_EQ(tell(Observation{"nginx", false, {}, "0 running"}), CheckActions{});
  EXPECT_EQ(tell(Observation{"nobody", false, {}, "0 running"}), CheckActions{});
}

}  // namespace
}  // namespace holdfast::check
