// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

// Slow start, and holds of what flaps.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CheckConfig quick() {
  CheckConfig check = nginx();
  check.rise = check.fall = 1;
  return check;
}

class CheckCoreChangesTest : public CheckCoreTest {
 protected:
  // Wakes until a probe begins; what was reported until then, and by its result.
  std::vector<CheckState> next(bool is_good, std::optional<std::uint8_t> weight = {}) {
    std::vector<CheckState> said;
    const auto keep = [&](const CheckActions& actions) {
      for (const CheckAction& action : actions) {
        if (const auto* one = std::get_if<Report>(&action)) {
          said.push_back(std::get<CheckState>(one->message));
        }
        if (const auto* one = std::get_if<StartProbe>(&action)) attempt_ = one->attempt;
        if (const auto* one = std::get_if<LogLine>(&action)) lines_.push_back(one->text);
      }
    };
    attempt_ = 0;
    while (attempt_ == 0) keep(wake());
    keep(tell(ProbeFinished{"nginx", attempt_, is_good, is_good ? "good" : "bad", weight}));
    return said;
  }

  std::uint64_t attempt_ = 0;
  std::vector<std::string> lines_;
};

// ---- Slow start.

CheckConfig slow() {
  CheckConfig check = quick();
  check.slow_start = seconds{20};
  return check;
}

TEST_F(CheckCoreChangesTest, TheFirstResultHasItsWholeWeight) {
  begin(with({slow()}));
  EXPECT_EQ(next(true).at(0).weight, 100);
}

TEST_F(CheckCoreChangesTest, ARecoveryIsGivenItsWeightInTenSteps) {
  begin(with({slow()}));
  next(true);
  EXPECT_EQ(next(false).at(0).weight, 0);
  std::vector<CheckState> said = next(true);
  const Time up = now_;
  while (now_ < up + seconds{30}) {
    for (const CheckState& state : next(true)) said.push_back(state);
  }
  ASSERT_EQ(said.size(), 10U) << "no message but the steps";
  for (std::size_t i = 0; i < said.size(); ++i) {
    EXPECT_TRUE(said[i].up);
    EXPECT_EQ(said[i].weight, 10 * (i + 1));
    EXPECT_EQ(said[i].since, up);
  }
  EXPECT_EQ(said[0].reason, "good; slow start, its whole weight in 18 s");
  EXPECT_EQ(said[1].reason, "slow start, its whole weight in 16 s");
  EXPECT_EQ(said[9].reason, "slow start is over");
}

TEST_F(CheckCoreChangesTest, AStepComesAtItsTimeThoughNoProbeDoes) {
  CheckConfig check = slow();
  check.interval = seconds{60};
  begin(with({check}));
  next(true);
  next(false);
  next(true);
  EXPECT_EQ(core_.deadline(), now_ + seconds{2});
}

TEST_F(CheckCoreChangesTest, TheWeightThatATargetSaysIsStepped) {
  begin(with({slow()}));
  next(true);
  next(false);
  EXPECT_EQ(next(true, 40).at(0).weight, 4);
  std::vector<CheckState> said;
  for (int i = 0; i < 25; ++i) {
    for (const CheckState& state : next(true, 40)) said.push_back(state);
  }
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back().weight, 40);
  EXPECT_EQ(next(true, 100).at(0).weight, 100) << "afterwards at once";
}

TEST_F(CheckCoreChangesTest, ADownEndsASlowStart) {
  begin(with({slow()}));
  next(true);
  next(false);
  next(true);
  EXPECT_EQ(next(false).at(0).weight, 0);
  EXPECT_TRUE(next(false).empty());
  EXPECT_EQ(next(true).at(0).weight, 10);
}

TEST_F(CheckCoreChangesTest, ANewLifeGoesOnWithASlowStart) {
  ASSERT_EQ(tell(with({slow()})), CheckActions{});
  tell(CheckState{"nginx", true, 30, now_ - seconds{5}, "good"});
  tell(Begin{});
  const std::vector<CheckState> said = next(true);
  for (const CheckState& state : said) EXPECT_LT(state.weight, 50);
  std::vector<CheckState> later;
  for (int i = 0; i < 20; ++i) {
    for (const CheckState& state : next(true)) later.push_back(state);
  }
  ASSERT_FALSE(later.empty());
  EXPECT_EQ(later.back().weight, 100);
}

// ---- Holds.

CheckConfig held() {
  CheckConfig check = quick();
  check.hold_down = HoldDownConfig{3, seconds{60}, seconds{10}, seconds{40}};
  return check;
}

TEST_F(CheckCoreChangesTest, WhatFlapsIsHeldDownAndSaysSo) {
  begin(with({held()}));
  next(true);
  EXPECT_EQ(next(false).at(0).reason, "bad");
  next(true);
  const CheckState down = next(false).at(0);
  EXPECT_EQ(down.reason, "bad; held down for 10 s after 3 changes within 60 s");
  EXPECT_EQ(
      lines_.back(),
      "check nginx is down: bad; held down for 10 s after 3 changes within 60 s (1 in a row)");
  const Time until = now_ + seconds{10};
  EXPECT_EQ(core_.details_after("").checks.at(0).held_until, until);
  std::vector<CheckState> said;
  while (said.empty()) said = next(true);
  EXPECT_TRUE(said.at(0).up) << "it was good all the time";
  EXPECT_EQ(said.at(0).since, until);
  EXPECT_EQ(said.at(0).reason, "good");
  EXPECT_EQ(core_.details_after("").checks.at(0).held_until, std::nullopt);
  EXPECT_EQ(next(false).at(0).reason, "bad; held down for 20 s after 3 changes within 60 s")
      << "longer each time";
}

TEST_F(CheckCoreChangesTest, WhatIsStillBadAfterAHoldStaysDownAndComesUpAsEver) {
  begin(with({held()}));
  next(true);
  next(false);
  next(true);
  next(false);
  const Time until = now_ + seconds{10};
  std::vector<CheckState> said;
  while (said.empty()) said = next(false);
  EXPECT_FALSE(said.at(0).up);
  EXPECT_EQ(said.at(0).reason, "bad");
  EXPECT_GE(now_, until);
  EXPECT_TRUE(next(true).at(0).up);
}

TEST_F(CheckCoreChangesTest, RiseCountsInAHoldToo) {
  CheckConfig check = held();
  check.rise = 3;
  begin(with({check}));
  next(true);
  next(false);
  for (int i = 0; i < 3; ++i) next(true);
  next(false);
  const Time until = now_ + seconds{10};
  while (now_ < until - seconds{3}) next(false);
  std::vector<CheckState> said;
  for (int good = 1; said.empty(); ++good) {
    said = next(true);
    if (!said.empty() && !said.back().up) said.clear();
    ASSERT_LE(good, 4);
  }
  EXPECT_TRUE(said.back().up);
}

TEST_F(CheckCoreChangesTest, AReloadThatWantsNoHoldsEndsOne) {
  begin(with({held()}));
  next(true);
  next(false);
  next(true);
  next(false);
  EXPECT_TRUE(next(true).empty());
  EXPECT_EQ(tell(with({quick()})).size(), 2U) << "a report and a line";
  EXPECT_EQ(core_.details_after("").checks.at(0).held_until, std::nullopt);
}

TEST_F(CheckCoreChangesTest, WithoutTheOptionNothingIsHeld) {
  begin(with({quick()}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(next(i % 2 == 0).size(), 1U);
}

}  // namespace
}  // namespace holdfast::check
