// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/core/witness_core.h"

#include <gtest/gtest.h>

#include <chrono>

namespace holdfast::witness {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};
constexpr Duration kTtl = 5s;

Config config() {
  Config config;
  config.node = "lb1";
  InstanceConfig web;
  web.name = "web";
  web.witness = WhenUnreachable::kRelease;
  config.instances = {web};
  config.witness.endpoints = {{IpAddress::v4({10, 0, 0, 1}), 2379},
                              {IpAddress::v4({10, 0, 0, 2}), 2379}};
  return config;
}

class Witness : public testing::Test {
 protected:
  void tell(const WitnessEvent& event) {
    asked_.clear();
    for (const WitnessAction& action : core_.handle(event, now_)) {
      if (const auto* const ask = std::get_if<Ask>(&action)) asked_.push_back(*ask);
      const auto* const said = std::get_if<Report>(&action);
      if (said == nullptr) continue;
      if (const auto* const one = std::get_if<WitnessState>(&said->message)) state_ = *one;
      if (const auto* const one = std::get_if<LeaseState>(&said->message)) lease_ = *one;
    }
  }
  template <typename Kind>
  std::optional<Ask> asked() const {
    for (const Ask& one : asked_) {
      if (std::holds_alternative<Kind>(one.question)) return one;
    }
    return std::nullopt;
  }
  void begin() {
    tell(config());
    tell(Begin{});
  }
  void with_lease() {
    begin();
    tell(Answered{asked<Grant>()->request, Granted{7, kTtl}});
  }
  void holding() {
    with_lease();
    tell(LeaseWish{"web", true});
    tell(Answered{asked<Take>()->request, Taken{true, {}}});
    ASSERT_TRUE(lease_ && lease_->held);
  }
  void wake_at(Duration after_start) {
    now_ = kStart + after_start;
    tell(Wake{});
  }

  WitnessCore core_;
  Time now_ = kStart;
  std::vector<Ask> asked_;
  std::optional<WitnessState> state_;
  std::optional<LeaseState> lease_;
};

TEST_F(Witness, ALeaseCountsFromWhenItWasAskedForAndLessTheMargin) {
  begin();
  const Ask grant = asked<Grant>().value();
  now_ += 300ms;
  tell(Answered{grant.request, Granted{7, kTtl}});
  ASSERT_TRUE(state_);
  EXPECT_EQ(state_->lease, 7U);
  EXPECT_EQ(state_->until, kStart + kTtl - WitnessConfig::kMargin);
}

TEST_F(Witness, ItIsRenewedAfterAThirdOfItsTime) {
  with_lease();
  EXPECT_EQ(core_.deadline(), kStart + kTtl / 3);
  wake_at(kTtl / 3);
  EXPECT_EQ(std::get<Renew>(asked<Renew>()->question).lease, 7U);
  tell(Answered{asked<Renew>()->request, Renewed{kTtl}});
  EXPECT_EQ(state_->until, now_ + kTtl - WitnessConfig::kMargin);
}

TEST_F(Witness, WhoFailsIsAskedNoMoreBeforeTheOthersAre) {
  with_lease();
  wake_at(kTtl / 3);
  EXPECT_EQ(asked<Renew>()->endpoint, 0U);
  EXPECT_FALSE(asked<Renew>()->fresh);
  tell(Failed{asked<Renew>()->request, "timed out"});
  wake_at(kTtl / 3 + kTtl / 20);
  EXPECT_EQ(asked<Renew>()->endpoint, 1U);
  EXPECT_TRUE(asked<Renew>()->fresh);
  EXPECT_EQ(state_->trouble, "10.0.0.1:2379: timed out");
  EXPECT_EQ(state_->until, kStart + kTtl - WitnessConfig::kMargin);  // it is so all the same
}

TEST_F(Witness, AnAnswerWithoutTimeIsALostLease) {
  holding();
  wake_at(kTtl / 3);
  tell(Answered{asked<Renew>()->request, Renewed{}});
  EXPECT_EQ(state_->lease, 0U);
  EXPECT_LE(state_->until, now_);
  const Ask grant = asked<Grant>().value();
  // What is wished for is settled before anything is known again.
  tell(Answered{grant.request, Granted{8, kTtl}});
  EXPECT_LE(state_->until, now_);
  const Ask take = asked<Take>().value();
  EXPECT_EQ(std::get<Take>(take.question).lease, 8U);
  tell(Answered{take.request, Taken{false, {"lb2", 9}}});
  EXPECT_FALSE(lease_->held);
  EXPECT_EQ(lease_->holder, "lb2");
  EXPECT_GT(state_->until, now_);
}

TEST_F(Witness, WhatAnotherHoldsIsTakenWhenItIsSeenToBeFree) {
  with_lease();
  tell(LeaseWish{"web", true});
  const Ask take = asked<Take>().value();
  EXPECT_TRUE(asked<Look>());
  const Ask look = asked<Look>().value();
  tell(Answered{look.request, Looked{}});  // cannot know of the take
  tell(Answered{take.request, Taken{false, {"lb2", 9}}});
  EXPECT_EQ(lease_->holder, "lb2");
  wake_at(WitnessCore::kPoll);
  EXPECT_FALSE(asked<Take>());
  tell(Answered{asked<Look>()->request, Looked{{{"web", {"lb2", 9}}}}});
  EXPECT_FALSE(asked<Take>());
  wake_at(2 * WitnessCore::kPoll);
  tell(Answered{asked<Look>()->request, Looked{}});
  EXPECT_TRUE(asked<Take>());
}

// etcd may do first what was asked last.
TEST_F(Witness, ALookThatWasSentBeforeATakeWasAnsweredProvesNothing) {
  with_lease();
  tell(LeaseWish{"web", true});
  const Ask take = asked<Take>().value();
  tell(Answered{asked<Look>()->request, Looked{}});
  wake_at(WitnessCore::kPoll);
  const Ask look = asked<Look>().value();
  tell(Answered{take.request, Taken{true, {}}});
  EXPECT_TRUE(lease_->held);
  tell(Answered{look.request, Looked{}});
  EXPECT_TRUE(lease_->held);
}

TEST_F(Witness, WhatIsNoLongerWishedForIsGivenUpAtOnce) {
  holding();
  tell(LeaseWish{"web", false});
  EXPECT_FALSE(lease_->held);
  EXPECT_FALSE(core_.idle());
  const Ask give = asked<GiveUp>().value();
  tell(Failed{give.request, "timed out"});
  wake_at(kTtl / 20);
  tell(Answered{asked<GiveUp>()->request, GivenUp{}});
  EXPECT_TRUE(core_.idle());
}

TEST_F(Witness, ATakeThatIsAnsweredTooLateIsGivenUp) {
  with_lease();
  tell(LeaseWish{"web", true});
  const Ask take = asked<Take>().value();
  tell(LeaseWish{"web", false});
  EXPECT_FALSE(core_.idle());
  tell(Answered{take.request, Taken{true, {}}});
  EXPECT_TRUE(asked<GiveUp>());
  EXPECT_FALSE(lease_ && lease_->held);
}

TEST_F(Witness, ANewLifeGoesOnWithTheLeaseOfTheFormer) {
  tell(config());
  tell(LeaseWish{"web", true});
  tell(WitnessState{7, kStart + 2s, ""});
  tell(LeaseState{"web", true, 7, "", kStart - 1s});
  tell(Begin{});
  EXPECT_EQ(std::get<Renew>(asked<Renew>()->question).lease, 7U);
  EXPECT_FALSE(asked<Take>());
  tell(Answered{asked<Renew>()->request, Renewed{kTtl}});
  EXPECT_EQ(state_->until, kStart + kTtl - WitnessConfig::kMargin);
  EXPECT_FALSE(lease_);  // nothing new
}

TEST_F(Witness, WithAUserItAuthenticatesFirstAndAgainWhenItMust) {
  Config with_user = config();
  with_user.witness.user = "bob";
  tell(with_user);
  tell(Begin{});
  EXPECT_FALSE(asked<Grant>());
  tell(Answered{asked<Authenticate>()->request, Authenticated{}});
  tell(Answered{asked<Grant>()->request, Granted{7, kTtl}});
  wake_at(kTtl / 3);
  tell(Failed{asked<Renew>()->request, "invalid auth token", true});
  wake_at(kTtl / 3 + kTtl / 20);
  EXPECT_TRUE(asked<Authenticate>());
}

TEST_F(Witness, ItSaysThatItDoesNotReachAnybodyAfterAllWereAsked) {
  begin();
  tell(Failed{asked<Grant>()->request, "refused"});
  EXPECT_FALSE(state_);
  wake_at(kTtl / 20);
  tell(Failed{asked<Grant>()->request, "refused"});
  ASSERT_TRUE(state_);
  EXPECT_EQ(state_->lease, 0U);
  EXPECT_LE(state_->until, now_);
}

}  // namespace
}  // namespace holdfast::witness
