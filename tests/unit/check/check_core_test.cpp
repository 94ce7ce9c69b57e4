// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/check_core.h"

#include <map>

#include "tests/unit/check/check_core_fixture.h"

namespace holdfast::check {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(CheckCoreTest, DoesNothingBeforeBegin) {
  EXPECT_EQ(tell(with({nginx()})), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_EQ(tell(Wake{}), CheckActions{});
  EXPECT_EQ(tell(Begin{}), CheckActions{});
  EXPECT_NE(core_.deadline(), std::nullopt);
}

TEST_F(CheckCoreTest, WithoutChecksThereIsNoDeadline) {
  begin(with({}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

// ---- Results.

TEST_F(CheckCoreTest, TheFirstGoodResultCountsAtOnce) {
  begin(with({nginx()}));
  EXPECT_LT(core_.deadline().value() - now_, milliseconds{5});
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
  now_ += microseconds{400};
  EXPECT_EQ(good(1), (CheckActions{
                         report("nginx", true, now_, "connected in 0.4 ms"),
                         info("check nginx is up: connected in 0.4 ms (first result)"),
                     }));
}

TEST_F(CheckCoreTest, TheFirstBadResultCountsAtOnce) {
  begin(with({nginx()}));
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
  EXPECT_EQ(bad(1), (CheckActions{
                        report("nginx", false, now_, "connection refused"),
                        warning("check nginx is down: connection refused (first result)"),
                    }));
}

TEST_F(CheckCoreTest, GoesDownAfterFallAndUpAfterRise) {
  begin_up(nginx());
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(bad(2), CheckActions{}) << "pending";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 3)});
  EXPECT_EQ(bad(3), CheckActions{}) << "pending";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 4)});
  EXPECT_EQ(bad(4), (CheckActions{
                        report("nginx", false, now_, "connection refused"),
                        warning("check nginx is down: connection refused (3 in a row)"),
                    }));
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 5)});
  EXPECT_EQ(bad(5), CheckActions{}) << "no news";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 6)});
  EXPECT_EQ(good(6), CheckActions{}) << "pending";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 7)});
  EXPECT_EQ(good(7), (CheckActions{
                         report("nginx", true, now_, "connected in 0.4 ms"),
                         info("check nginx is up: connected in 0.4 ms (2 in a row)"),
                     }));
}

TEST_F(CheckCoreTest, AnotherReasonOfTheSameStateIsNoNews) {
  begin(with({nginx()}));
  wake();
  EXPECT_EQ(bad(1).size(), 2U);
  wake();
  EXPECT_EQ(tell(ProbeFinished{"nginx", 2, false, "no route to host"}), CheckActions{});
}

TEST_F(CheckCoreTest, AReasonIsCutToWhatAMessageCarries) {
  begin(with({nginx()}));
  wake();
  const CheckActions actions = tell(ProbeFinished{"nginx", 1, false, std::string(2000, 'x')});
  ASSERT_EQ(actions.size(), 2U);
  const auto& state = std::get<CheckState>(std::get<Report>(actions[0]).message);
  EXPECT_EQ(state.reason, std::string(kStringSizeMax, 'x'));
}

TEST_F(CheckCoreTest, AStaleAttemptIsIgnored) {
  begin_up(nginx());
  wake();
  wake();  // Attempt 2 times out: the first bad one.
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 3)});
  EXPECT_EQ(bad(2), CheckActions{});
  EXPECT_EQ(tell(ProbeNotMade{"nginx", 2, "too many open files"}), CheckActions{});
  EXPECT_EQ(bad(3, "apache"), CheckActions{});
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{500}) << "attempt 3 is still awaited";
  EXPECT_EQ(bad(3), CheckActions{}) << "the second bad one";
  EXPECT_EQ(bad(3), CheckActions{}) << "which counts once";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 4)});
  EXPECT_EQ(bad(4).size(), 2U) << "the third: down";
}

// ---- Time.

TEST_F(CheckCoreTest, AProbeBeginsEveryIntervalWhateverTheAnswers) {
  begin(with({nginx()}));
  const Time first = core_.deadline().value();
  for (unsigned i = 0; i < 10; ++i) {
    EXPECT_EQ(wake(), CheckActions{start(nginx(), i + 1)});
    EXPECT_EQ(now_, first + seconds{i});
    now_ += milliseconds{37 * i};
    i % 3 == 0 ? good(i + 1) : bad(i + 1);
  }
}

TEST_F(CheckCoreTest, NoAnswerWithinTheTimeoutIsBad) {
  begin(with({nginx()}));
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
  const Time started = now_;
  EXPECT_EQ(core_.deadline(), started + milliseconds{500});
  now_ = started + milliseconds{500} - microseconds{1};
  EXPECT_EQ(tell(Wake{}), CheckActions{}) << "too early";
  const CheckActions actions = wake();
  EXPECT_EQ(actions, (CheckActions{
                         cancel("nginx"),
                         report("nginx", false, now_, "no answer within 500 ms"),
                         warning("check nginx is down: no answer within 500 ms (first result)"),
                     }));
  EXPECT_EQ(core_.deadline(), started + seconds{1});
  EXPECT_EQ(good(1), CheckActions{}) << "too late";
}

TEST_F(CheckCoreTest, TimeoutsAreNamedInTheUnitThatFits) {
  for (const auto& [timeout, words] : std::map<Duration, std::string>{
           {seconds{1}, "1 s"}, {seconds{86'400}, "86400 s"}, {microseconds{1500}, "1.5 ms"}}) {
    CheckConfig check = nginx();
    check.timeout = timeout;
    core_ = CheckCore();
    begin(with({check}));
    wake();
    const CheckActions actions = wake();
    EXPECT_EQ(actions.at(1), report("nginx", false, now_, "no answer within " + words));
  }
}

TEST_F(CheckCoreTest, ATimeoutOfAWholeIntervalIsFollowedByTheNextProbeAtOnce) {
  CheckConfig check = nginx();
  check.timeout = check.interval;
  begin_up(check);
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(wake(), (CheckActions{cancel("nginx"), start(check, 3)}));
  EXPECT_EQ(wake(), (CheckActions{cancel("nginx"), start(check, 4)}));
}

TEST_F(CheckCoreTest, NeverTwoProbesOfOneTarget) {
  CheckConfig check = nginx();
  check.timeout = milliseconds{2500};  // Validation refuses it; the cadence survives it.
  begin_up(check);
  const Time first = now_;
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(wake(), (CheckActions{cancel("nginx"), start(check, 3)}));
  EXPECT_EQ(now_, first + milliseconds{3500});
  now_ += milliseconds{10};
  EXPECT_EQ(good(3), CheckActions{});
  EXPECT_EQ(core_.deadline(), first + seconds{4});
}

TEST_F(CheckCoreTest, ALateStartDoesNotMoveTheCadence) {
  begin_up(nginx());
  const Time first = now_;
  EXPECT_EQ(wake(milliseconds{300}), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{500}) << "its timeout is whole";
  good(2);
  EXPECT_EQ(core_.deadline(), first + seconds{2});
  EXPECT_EQ(wake(milliseconds{4200}), CheckActions{start(nginx(), 3)}) << "once, not five times";
  good(3);
  EXPECT_EQ(core_.deadline(), first + seconds{7});
}

// ---- Trouble of this node's own.

TEST_F(CheckCoreTest, ATimeoutFoundMuchTooLateIsRepeatedNotCounted) {
  CheckConfig check = nginx();
  check.fall = 1;
  begin_up(check);
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(wake(milliseconds{501}), (CheckActions{
                                         cancel("nginx"),
                                         warning("woke 501 ms late: check nginx is probed again, "
                                                 "its timeout does not count"),
                                         start(check, 3),
                                     }));
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{500});
  const CheckActions actions = wake(milliseconds{500});
  EXPECT_EQ(actions, (CheckActions{
                         cancel("nginx"),
                         report("nginx", false, now_, "no answer within 500 ms"),
                         warning("check nginx is down: no answer within 500 ms (1 in a row)"),
                         start(check, 4),
                     }))
      << "late, but not by more than the timeout";
}

TEST_F(CheckCoreTest, AfterARepeatedProbeTheCadenceIsTheOldOne) {
  CheckConfig check = nginx();
  check.interval = seconds{10};
  begin_up(check);
  const Time first = now_;
  for (const auto& [late, next] : std::map<Duration, int>{{seconds{2}, 20}, {seconds{60}, 90}}) {
    const std::uint64_t attempt = std::get<StartProbe>(wake().back()).attempt;
    EXPECT_EQ(wake(late).back(), start(check, attempt + 1)) << "at once";
    good(attempt + 1);
    EXPECT_EQ(core_.deadline(), first + seconds{next});
  }
}

TEST_F(CheckCoreTest, AnAnswerFoundLateCounts) {
  begin(with({nginx()}));
  wake();
  now_ += seconds{30};
  EXPECT_EQ(good(1).size(), 2U);
}

TEST_F(CheckCoreTest, LateTimeoutsAreLoggedOnceInAWhile) {
  begin(with({named("a"), named("b"), named("c")}));
  for (int i = 0; i < 3; ++i) wake();
  const auto lines = [](const CheckActions& actions) {
    std::vector<std::string> texts;
    for (const CheckAction& action : actions) {
      if (const auto* line = std::get_if<LogLine>(&action)) texts.push_back(line->text);
    }
    return texts;
  };
  EXPECT_EQ(lines(wake(seconds{5})).size(), 1U) << "for all three";
  EXPECT_EQ(lines(wake(seconds{5})).size(), 0U);
  const auto later = lines(wake(seconds{5}));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_NE(later[0].find("(and 5 such lines held back)"), std::string::npos) << later[0];
}

TEST_F(CheckCoreTest, AProbeThatWasNotMadeSaysNothing) {
  CheckConfig check = nginx();
  check.fall = 1;
  begin_up(check);
  const Time first = now_;
  const std::string line = "check nginx cannot be probed and stays as it is: too many open files";
  for (unsigned i = 2; i <= 11; ++i) {
    EXPECT_EQ(wake(), CheckActions{start(check, i)});
    EXPECT_EQ(now_, first + seconds{i - 1}) << "each in its turn";
    EXPECT_EQ(tell(ProbeNotMade{"nginx", i, "too many open files"}),
              i == 2 ? CheckActions{warning(line)} : CheckActions{});
  }
  EXPECT_EQ(wake(), CheckActions{start(check, 12)});
  EXPECT_EQ(tell(ProbeNotMade{"nginx", 12, "too many open files"}),
            CheckActions{warning(line + " (and 9 such lines held back)")});
}

TEST_F(CheckCoreTest, OverdueNamesTheProbesThatAWakeWouldTimeOut) {
  CheckConfig slow = named("slow");
  slow.timeout = milliseconds{900};
  begin(with({nginx(), slow}));
  wake();
  wake();
  EXPECT_EQ(core_.overdue(now_), std::vector<std::string>{});
  EXPECT_EQ(core_.overdue(now_ + milliseconds{550}), std::vector<std::string>{"nginx"});
  EXPECT_EQ(core_.overdue(now_ + seconds{5}), (std::vector<std::string>{"nginx", "slow"}));
  good(1);
  good(2);
  EXPECT_EQ(core_.overdue(now_ + seconds{5}).size(), 1U);
}

}  // namespace
}  // namespace holdfast::check
