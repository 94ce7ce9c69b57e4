// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kServer = "web/127.0.0.1:80";  // NOLINT(cert-err58-cpp)

Config serving(const CheckConfig& check) {
  Config config = with({check});
  VirtualServerConfig service;
  service.name = "web";
  RealServerConfig server;
  server.endpoint = Endpoint::parse("127.0.0.1:80").value();
  server.checks = {check.name};
  service.real_servers = {server};
  config.virtual_servers = {service};
  return config;
}

class CheckCoreSuspectedTest : public CheckCoreTest {
 protected:
  void begin_good(const CheckConfig& check) {
    begin(serving(check));
    wake();
    good(1, check.name);
    first_ = now_;
  }
  CheckActions suspect(bool is = true) {
    return tell(ServerSuspicion{kServer, is, "10 packets came in, none went back"});
  }
  std::string hastened() const { return core_.details_after("").checks.at(0).hastened; }

  Time first_{};
};

TEST_F(CheckCoreSuspectedTest, AreAskedAtOnceAndMoreOftenForATime) {
  begin_good(nginx());
  now_ += milliseconds{100};
  EXPECT_EQ(suspect(), CheckActions{}) << "it is no result";
  EXPECT_EQ(core_.deadline(), now_);
  EXPECT_EQ(hastened(), kServer + ": 10 packets came in, none went back");
  const Time asked = now_;
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(good(2), CheckActions{});
  EXPECT_EQ(core_.deadline().value() - asked, milliseconds{250}) << "a fourth of the interval";
  std::uint64_t attempt = 2;
  while (now_ < asked + seconds{30}) {
    wake();
    good(++attempt);
  }
  const Time last = now_;
  EXPECT_GE(attempt, 100U);
  EXPECT_GT(core_.deadline().value() - last, milliseconds{250}) << "it is over";
  EXPECT_EQ(core_.deadline().value() - first_, seconds{31}) << "in the cadence again";
  EXPECT_EQ(hastened(), "");
}

TEST_F(CheckCoreSuspectedTest, AtTheFastIntervalIfThereIsOne) {
  CheckConfig check = nginx();
  check.fast_interval = milliseconds{50};
  begin_good(check);
  suspect();
  wake();
  good(2);
  EXPECT_EQ(core_.deadline().value() - now_, milliseconds{50});
}

TEST_F(CheckCoreSuspectedTest, UntilTheSuspicionIsTakenBack) {
  begin_good(nginx());
  suspect();
  wake();
  good(2);
  suspect(false);
  wake();
  good(3);
  EXPECT_EQ(core_.deadline().value() - first_, seconds{1});
  EXPECT_EQ(hastened(), "");
}

TEST_F(CheckCoreSuspectedTest, OnlyAProbesResultMarksItDown) {
  CheckConfig check = nginx();
  check.fall = 1;
  begin_good(check);
  suspect();
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(bad(2).size(), 2U);
}

TEST_F(CheckCoreSuspectedTest, OfAServerThatIsNotConfiguredNothingIsDone) {
  begin_good(nginx());
  const auto due = core_.deadline();
  EXPECT_EQ(tell(ServerSuspicion{"web/127.0.0.2:80", true, "so"}), CheckActions{});
  EXPECT_EQ(core_.deadline(), due);
}

TEST_F(CheckCoreSuspectedTest, WhatWasSuspectedBeforeThisLifeIsTakenUp) {
  tell(serving(nginx()));
  suspect();
  tell(Begin{});
  EXPECT_EQ(core_.deadline(), now_);
  wake();
  EXPECT_NE(hastened(), "");
}

TEST_F(CheckCoreSuspectedTest, AHoldThatAnEarlierLifeBeganIsTakenUp) {
  CheckConfig check = nginx();
  check.rise = 1;
  check.hold_down = HoldDownConfig{};
  tell(with({check}));
  CheckState held{"nginx", false, 0, now_ - seconds{5}, "refused; held down for 1 min", {}};
  held.held_until = now_ + seconds{20};
  held.holds = 2;
  const Time until = *held.held_until;
  tell(held);
  tell(Begin{});
  wake();
  EXPECT_EQ(good(1), CheckActions{}) << "it is held";
  EXPECT_EQ(core_.details_after("").checks.at(0).held_until, until);
  std::uint64_t attempt = 1;
  CheckActions actions;
  while (actions.empty()) {
    actions = wake();
    if (std::holds_alternative<StartProbe>(actions.empty() ? CheckAction{} : actions[0])) {
      actions = good(++attempt);
    }
  }
  EXPECT_EQ(now_, until);
  EXPECT_EQ(actions[0], report("nginx", true, until, "connected in 0.4 ms"));
}

// A cable that is put in while an attempt is under way: its packets were lost before.
TEST_F(CheckCoreSuspectedTest, SilenceSoonAfterAHindranceIsNoEvidence) {
  CheckConfig check = nginx();
  check.fall = 1;
  begin_good(check);
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(tell(ProbeNotMade{"nginx", 2, "no carrier"}).size(), 1U);
  const Time hindered = now_;
  EXPECT_EQ(wake(), CheckActions{start(check, 3)});
  std::uint64_t attempt = 3;
  while (now_ - hindered < milliseconds{2500}) {
    EXPECT_EQ(wake(), (CheckActions{cancel("nginx"), start(check, ++attempt)})) << "tried again";
  }
  const CheckActions down = wake();
  ASSERT_EQ(down.size(), 4U) << "and the next begins";
  EXPECT_EQ(down[1], report("nginx", false, now_, "no answer within 500 ms"));
}

TEST_F(CheckCoreSuspectedTest, AnAnswerAfterAHindranceCountsAndEndsIt) {
  CheckConfig check = nginx();
  check.fall = 1;
  begin_good(check);
  wake();
  tell(ProbeNotMade{"nginx", 2, "no carrier"});
  wake();
  EXPECT_EQ(good(3), CheckActions{});
  wake();
  EXPECT_EQ(wake().size(), 3U) << "silence counts again";
}

}  // namespace
}  // namespace holdfast::check
