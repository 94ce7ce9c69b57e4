// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

// What an operator can change about when a check is asked, and about what its results do.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(CheckCoreTest, AProbeBeginsSoonerWhileAChangeIsPending) {
  CheckConfig check = nginx();
  check.fast_interval = milliseconds{100};
  begin_up(check);
  const Time first = now_;
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(now_, first + seconds{1});
  now_ += milliseconds{30};
  EXPECT_EQ(bad(2), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(check, 3)});
  EXPECT_EQ(now_, first + milliseconds{1100}) << "from the beginning of the probe before";
  now_ += milliseconds{200};
  EXPECT_EQ(bad(3), CheckActions{});
  EXPECT_EQ(core_.deadline(), now_) << "at once, since it took longer than the interval";
  EXPECT_EQ(wake(), CheckActions{start(check, 4)});
  EXPECT_EQ(bad(4).size(), 2U) << "down";
  EXPECT_EQ(core_.deadline(), first + seconds{2}) << "the cadence goes on as it was";
}

TEST_F(CheckCoreTest, ABadProbeIsRepeatedUntilItCounts) {
  CheckConfig check = nginx();
  check.fall = 1;
  check.retries = 2;
  check.retry_delay = milliseconds{50};
  begin_up(check);
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  now_ += milliseconds{10};
  EXPECT_EQ(bad(2), CheckActions{});
  EXPECT_EQ(core_.deadline(), now_ + milliseconds{50});
  EXPECT_EQ(wake(), CheckActions{start(check, 3)});
  EXPECT_EQ(bad(3), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(check, 4)});
  EXPECT_EQ(bad(4), (CheckActions{
                        report("nginx", false, now_, "connection refused"),
                        warning("check nginx is down: connection refused (1 in a row)"),
                    }));
}

TEST_F(CheckCoreTest, AGoodProbeForgetsTheRepetitions) {
  CheckConfig check = nginx();
  check.fall = 1;
  check.retries = 1;
  begin_up(check);
  for (unsigned i = 2; i < 12; i += 2) {
    wake();
    EXPECT_EQ(bad(i), CheckActions{});
    EXPECT_EQ(core_.deadline(), now_) << "without a delay at once";
    wake();
    EXPECT_EQ(good(i + 1), CheckActions{});
  }
}

TEST_F(CheckCoreTest, EachFailureIsToldIfThatIsWanted) {
  CheckConfig check = nginx();
  check.log_failures = true;
  check.retries = 1;
  begin_up(check);
  wake();
  EXPECT_EQ(bad(2),
            CheckActions{warning("check nginx failed, is tried again: connection refused")});
  wake();
  EXPECT_EQ(bad(3), CheckActions{warning("check nginx failed: connection refused")});
}

TEST_F(CheckCoreTest, TheFirstProbesAreSpreadOverTheTimeThatIsWanted) {
  std::vector<CheckConfig> checks;
  for (int i = 0; i < 100; ++i) {
    checks.push_back(named("check" + std::to_string(i)));
    checks.back().start_spread = minutes{1};
  }
  begin(with(checks));
  const Time begun = now_;
  std::size_t started = 0;
  Time last = now_;
  for (int i = 0; i < 20'000 && started < 100; ++i) {
    for (const CheckAction& action : wake()) {
      const auto* start = std::get_if<StartProbe>(&action);
      if (start == nullptr) continue;
      if (start->attempt == ++started) last = now_;
      tell(ProbeFinished{start->check, start->attempt, true, "connected", {}});
    }
  }
  EXPECT_LT(last - begun, minutes{1});
  CheckConfig one = nginx();
  one.start_spread = Duration{0};
  core_ = CheckCore();
  begin(with({one}));
  EXPECT_EQ(core_.deadline(), now_);
}

// ---- What is believed before there is evidence.

TEST_F(CheckCoreTest, WhatIsPresumedIsSaidAtOnceAndTakesRiseOrFallToChange) {
  for (const bool up : {true, false}) {
    CheckConfig check = nginx();
    check.initial_state = up ? InitialCheckState::kUp : InitialCheckState::kDown;
    check.rise = check.fall = 2;
    core_ = CheckCore();
    tell(with({check}));
    EXPECT_EQ(tell(Begin{}), CheckActions{report("nginx", up, now_, "presumed until checked")});
    wake();
    EXPECT_EQ(up ? bad(1) : good(1), CheckActions{}) << "pending";
    wake();
    EXPECT_EQ((up ? bad(2) : good(2)).size(), 2U);
  }
}

TEST_F(CheckCoreTest, WhatIsKnownIsNotPresumed) {
  CheckConfig check = nginx();
  check.initial_state = InitialCheckState::kDown;
  tell(with({check}));
  tell(CheckState{"nginx", true, 100, now_, "connected"});
  EXPECT_EQ(tell(Begin{}), CheckActions{});
  wake();
  EXPECT_EQ(good(1), CheckActions{});
}

// ---- What no answer means.

TEST_F(CheckCoreTest, SilenceIsWhatTheConversationSaysItIs) {
  begin(with({nginx()}));
  wake();
  EXPECT_EQ(tell(ProbeSilent{"nginx", 1, true, "no objection"}), CheckActions{}) << "too early";
  now_ = core_.deadline().value();
  EXPECT_EQ(tell(ProbeSilent{"nginx", 0, true, "no objection"}), CheckActions{}) << "another's";
  EXPECT_EQ(tell(ProbeSilent{"nginx", 1, true, "no objection"}),
            (CheckActions{
                cancel("nginx"),
                report("nginx", true, now_, "no objection within 500 ms"),
                info("check nginx is up: no objection within 500 ms (first result)"),
            }));
}

TEST_F(CheckCoreTest, SilenceFoundMuchTooLateIsNoEvidence) {
  begin(with({nginx()}));
  wake();
  now_ = core_.deadline().value() + seconds{2};
  const CheckActions actions = tell(ProbeSilent{"nginx", 1, false, "no answer"});
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0], cancel("nginx"));
  EXPECT_EQ(core_.deadline(), now_);
}

// ---- Weights.

TEST_F(CheckCoreTest, ATargetMovesItsOwnWeight) {
  const auto weighs = [this](std::uint64_t attempt, std::optional<std::uint8_t> weight) {
    return tell(ProbeFinished{"nginx", attempt, true, "ready", weight});
  };
  begin(with({nginx()}));
  wake();
  const auto weight_said = [](std::uint8_t weight, Time since) {
    return CheckAction{Report{CheckState{"nginx", true, weight, since, "ready"}}};
  };
  EXPECT_EQ(weighs(1, 50)[0], weight_said(50, now_));
  const Time since = now_;
  wake();
  EXPECT_EQ(weighs(2, 50), CheckActions{});
  wake();
  EXPECT_EQ(weighs(3, 20), (CheckActions{Report{CheckState{"nginx", true, 20, since, "ready"}},
                                         info("check nginx has the weight 20%: ready")}));
  wake();
  EXPECT_EQ(weighs(4, std::nullopt)[0], weight_said(100, since));
}

}  // namespace
}  // namespace holdfast::check
