// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
const std::string kLongReason(kStringSizeMax, 'r');  // NOLINT(cert-err58-cpp)

using CheckCoreAskedTest = CheckCoreTest;

TEST_F(CheckCoreAskedTest, NothingIsKnownBeforeTheFirstAttempt) {
  begin(with({nginx()}));
  const CheckDetails page = core_.details_after("");
  ASSERT_EQ(page.checks.size(), 1U);
  EXPECT_FALSE(page.more);
  const CheckDetail& detail = page.checks[0];
  EXPECT_EQ(detail.check, "nginx");
  EXPECT_FALSE(detail.good_at || detail.bad_at || detail.hindered_at);
  EXPECT_EQ(detail.times, 0U);
  EXPECT_EQ(detail.next_at, core_.deadline());
}

TEST_F(CheckCoreAskedTest, WhatAttemptsCameToIsTold) {
  begin(with({nginx()}));
  wake();
  now_ += milliseconds{3};
  good(1);
  const Time first = now_;
  wake();
  now_ += milliseconds{5};
  bad(2);
  const Time second = now_;
  wake();
  now_ += milliseconds{7};
  tell(ProbeNotMade{"nginx", 3, std::string(500, 'x')});
  const CheckDetail detail = core_.details_after("").checks.at(0);
  EXPECT_EQ(detail.good, 1U);
  EXPECT_EQ(detail.good_at, first);
  EXPECT_EQ(detail.good_reason, "connected in 0.4 ms");
  EXPECT_EQ(detail.bad, 1U);
  EXPECT_EQ(detail.bad_at, second);
  EXPECT_EQ(detail.bad_reason, "connection refused");
  EXPECT_EQ(detail.hindered_at, now_);
  EXPECT_EQ(detail.hindered_reason, std::string(CheckDetail::kReasonMax, 'x'));
  EXPECT_EQ(detail.times, 1U);
  EXPECT_EQ(detail.median, 3000U);
  EXPECT_EQ(detail.p99, 3000U);
  EXPECT_EQ(detail.next_at, core_.deadline());
}

TEST_F(CheckCoreAskedTest, ATimeoutIsABadAttempt) {
  begin(with({nginx()}));
  wake();
  wake();
  EXPECT_EQ(core_.details_after("").checks.at(0).bad_reason, "no answer within 500 ms");
}

TEST_F(CheckCoreAskedTest, AReloadKeepsWhatIsKnownOfTheSameTarget) {
  begin_up(nginx());
  CheckConfig slower = nginx();
  slower.interval = std::chrono::seconds{2};
  tell(with({slower}));
  EXPECT_EQ(core_.details_after("").checks.at(0).good, 1U);
  slower.target = TcpCheck{Endpoint::parse("127.0.0.1:81").value()};
  tell(with({slower}));
  EXPECT_EQ(core_.details_after("").checks.at(0).good, 0U);
}

TEST_F(CheckCoreAskedTest, PagesFitIntoMessagesAndLeaveOutNothing) {
  std::vector<CheckConfig> checks;
  for (int i = 1000; i < 1300; ++i)
    checks.push_back(named(std::string(60, 'n') + std::to_string(i)));
  begin(with(checks));
  // So long that each has results, with reasons of the greatest length.
  for (int i = 0; i < 2000; ++i) {
    for (const CheckAction& action : wake()) {
      const auto* const start = std::get_if<StartProbe>(&action);
      if (start == nullptr) continue;
      tell(ProbeFinished{start->check, start->attempt, start->attempt % 2 == 0, kLongReason});
    }
  }
  std::vector<std::string> names;
  for (CheckDetails page; page.more || names.empty();) {
    page = core_.details_after(names.empty() ? "" : names.back());
    ASSERT_FALSE(page.checks.empty());
    EXPECT_LE(encode(page).size(), kMessageSizeMax);
    for (const CheckDetail& detail : page.checks) names.push_back(detail.check);
  }
  ASSERT_EQ(names.size(), 300U);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], checks[i].name);
}

TEST_F(CheckCoreAskedTest, KnowsTheConfigurationOfWhatItHas) {
  begin(with({nginx()}));
  ASSERT_NE(core_.config_of("nginx"), nullptr);
  EXPECT_EQ(*core_.config_of("nginx"), nginx());
  EXPECT_EQ(core_.config_of("apache"), nullptr);
}

}  // namespace
}  // namespace holdfast::check
