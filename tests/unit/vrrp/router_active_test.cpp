// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/router_support.h"

// RFC 9568 §6.4.3 beyond what the matrix shows.
namespace holdfast::vrrp {
namespace {

constexpr Time kNow = kStart + 500ms;

// Of a router that lost at kNow: it answers until neighbours know its heir.
void lose_the_addresses(Router& router) {
  EXPECT_EQ(router.deadline(), kNow + Router::kHeirAnnounces);
  expect_ignored(router, Tick{}, kNow + Router::kHeirAnnounces - 1us);
  EXPECT_EQ(router.handle(Tick{}, kNow + Router::kHeirAnnounces), RouterActions{RemoveAddresses{}});
  EXPECT_FALSE(router.holds_addresses());
}

TEST(Rfc9568_6_4_3, AdvertsDoNotDriftThoughTimersAreLate) {
  Router router = active(router_config());
  for (int i = 1; i <= 1000; ++i) {
    const Time due = kStart + i * Duration{2s};
    ASSERT_EQ(router.deadline(), due);
    ASSERT_EQ(router.handle(Tick{}, due + (i % 7) * Duration{100ms}),
              RouterActions{SendAdvert{Priority{100}}});
  }
}

TEST(Rfc9568_6_4_3, AfterAPauseOneAdvertIsSentAndNotAllThatAreMissing) {
  Router router = active(router_config());
  EXPECT_EQ(router.handle(Tick{}, kStart + 1h), RouterActions{SendAdvert{Priority{100}}});
  EXPECT_EQ(router.deadline(), kStart + 1h + 2s);
}

TEST(Rfc9568_6_4_3, ShutdownSendsPriorityZeroAndNoMoreAdverts) {
  Router router = active(router_config());
  EXPECT_EQ(router.handle(Shutdown{}, kNow).front(), RouterAction{SendAdvert{kPriorityRelease}});
  for (Time now = kNow; now < kNow + 1min; now += 500ms) {
    for (const RouterAction& action : router.handle(Tick{}, now)) {
      EXPECT_FALSE(std::holds_alternative<SendAdvert>(action));
    }
  }
}

TEST(Rfc9568_6_4_3, PriorityZeroIsAnsweredAtOnceAndTheTimerRestarts) {
  Router router = active(router_config());
  EXPECT_EQ(router.handle(advert(0, kHighPeer), kNow),
            (RouterActions{SendAdvert{Priority{100}}, Announce{}}));
  EXPECT_EQ(router.deadline(), kNow + 2s);
  expect_ignored(router, Tick{}, kStart + 2s);
}

TEST(Rfc9568_6_4_3, AHigherPriorityWinsFromAnyAddressAndItsIntervalIsAdopted) {
  for (const IpAddress& source : {kLowPeer, kHighPeer}) {
    Router router = active(router_config());
    router.handle(advert(101, source, 400ms), kNow);
    EXPECT_EQ(router.state(), VrrpState::kBackup);
    lose_the_addresses(router);
    EXPECT_EQ(router.deadline(), kNow + 3 * Duration{400ms} + Duration{400ms} * 156 / 256);
  }
}

TEST(Rfc9568_6_4_3, AHigherPriorityOfVersion2IsObeyedAtOurInterval) {
  Router router = active(router_config(VrrpVersion::k2));
  router.handle(advert(101, kHighPeer, 10s), kNow);
  lose_the_addresses(router);
  EXPECT_EQ(router.deadline(), kNow + down(VrrpVersion::k2));
}

TEST(Rfc9568_6_4_3, AddressesCompareUnsignedInNetworkByteOrder) {
  const struct {
    const char* ours;
    const char* theirs;
    bool lost;
  } pairs[] = {{"10.0.0.1", "10.0.0.2", true},          {"10.0.0.2", "10.0.0.1", false},
               {"10.0.0.255", "10.0.1.0", true},        {"127.255.255.255", "128.0.0.0", true},
               {"200.0.0.1", "100.255.255.255", false}, {"10.0.0.1", "10.0.0.1", false}};
  for (const auto& [ours, theirs, lost] : pairs) {
    SCOPED_TRACE(std::string{ours} + " " + theirs);
    RouterConfig config = router_config();
    config.primary_address = ip(ours);
    Router router = active(config);
    router.handle(advert(100, ip(theirs)), kNow);
    EXPECT_EQ(router.state(), lost ? VrrpState::kBackup : VrrpState::kActive);
  }
}

TEST(Rfc9568_6_4_3, ALoserIsToldAndTheTimerRunsOn) {
  Router router = active(router_config());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(router.handle(advert(99, kHighPeer), kNow),
              (RouterActions{SendAdvert{Priority{100}}, Announce{}}));
  }
  EXPECT_EQ(router.deadline(), kStart + 2s);
}

TEST(Rfc3768_6_4_3, ALoserIsDiscarded) {
  Router router = active(router_config(VrrpVersion::k2));
  EXPECT_EQ(router.handle(advert(99, kHighPeer), kNow), RouterActions{Announce{}});
  EXPECT_EQ(router.deadline(), kStart + 2s);
}

TEST(Rfc9568_6_4_3, WithoutPreemptAHigherPriorityStillWins) {
  // Preempt_Mode is a matter of the backup: it would not have spoken.
  RouterConfig config = router_config();
  config.preempt = false;
  Router router = active(config);
  router.handle(advert(101), kNow);
  EXPECT_EQ(router.state(), VrrpState::kBackup);
}

TEST(Rfc9568_6_4_3, WhoWonIsNamedIfItFallsSilentAgain) {
  Router router = active(router_config());
  router.handle(advert(101, kHighPeer), kNow);
  lose_the_addresses(router);
  router.handle(Tick{}, router.deadline().value());
  EXPECT_EQ(router.reason(), "no advert from 198.51.100.11 for 7.219 s");
}

// ---- A new configuration while active.

TEST(ActiveConfig, PriorityIsInTheNextAdvertWhenItIsDue) {
  Router router = active(router_config());
  RouterConfig config = router_config();
  config.priority = Priority{50};
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow), RouterActions{});
  EXPECT_EQ(router.deadline(), kStart + 2s);
  EXPECT_EQ(router.handle(Tick{}, kStart + 2s), RouterActions{SendAdvert{Priority{50}}});
}

TEST(ActiveConfig, PriorityToAndFrom255IsNoChangeOfState) {
  Router router = active(router_config());
  const Time since = router.since();
  RouterConfig config = router_config();
  config.priority = kPriorityOwner;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow), RouterActions{});
  EXPECT_EQ(router.handle(ConfigChanged{router_config()}, kNow), RouterActions{});
  EXPECT_EQ(router.state(), VrrpState::kActive);
  EXPECT_EQ(router.since(), since);
}

TEST(ActiveConfig, AShorterIntervalCountsFromNow) {
  Router router = active(router_config());
  RouterConfig config = router_config();
  config.advert_interval = 100ms;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow), RouterActions{});
  EXPECT_EQ(router.deadline(), kNow + 100ms);
  router.handle(Tick{}, kNow + 100ms);
  EXPECT_EQ(router.deadline(), kNow + 200ms);
}

TEST(ActiveConfig, ALongerIntervalLetsNoAdvertBeLate) {
  Router router = active(router_config());
  RouterConfig config = router_config();
  config.advert_interval = 10s;
  router.handle(ConfigChanged{config}, kNow);
  EXPECT_EQ(router.deadline(), kStart + 2s);
  router.handle(Tick{}, kStart + 2s);
  EXPECT_EQ(router.deadline(), kStart + 12s);
}

TEST(ActiveConfig, ANewPrimaryAddressBreaksTheNextTie) {
  Router router = active(router_config());
  RouterConfig config = router_config();
  config.primary_address = ip("198.51.100.200");
  router.handle(ConfigChanged{config}, kNow);
  router.handle(advert(100, kHighPeer), kNow);
  EXPECT_EQ(router.state(), VrrpState::kActive);
}

}  // namespace
}  // namespace holdfast::vrrp
