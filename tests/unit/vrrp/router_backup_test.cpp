// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/router_support.h"

// RFC 9568 §6.4.2 beyond what the matrix shows.
namespace holdfast::vrrp {
namespace {

constexpr Time kNow = kStart + 1s;

RouterConfig without_preempt() {
  RouterConfig config = router_config();
  config.preempt = false;
  return config;
}
RouterConfig with_delay(Duration delay) {
  RouterConfig config = router_config();
  config.preempt_delay = delay;
  return config;
}

// What a router said of its last change when the timer fired.
std::string reason_to_take_over(Router& router) {
  router.handle(Tick{}, router.deadline().value());
  EXPECT_EQ(router.state(), VrrpState::kActive);
  return router.reason();
}

TEST(Rfc9568_6_4_2, ShutdownCancelsTheTimer) {
  Router router = backup(router_config());
  router.handle(Shutdown{}, kNow);
  EXPECT_FALSE(router.deadline().has_value());
  expect_ignored(router, Tick{}, kNow + 1h);
}

TEST(Rfc9568_6_4_2, PriorityZeroSetsSkewTime) {
  Router router = backup(router_config());
  EXPECT_EQ(router.handle(advert(0), kNow), RouterActions{});
  EXPECT_EQ(router.deadline(), kNow + skew(VrrpVersion::k3));
}

TEST(Rfc9568_6_4_2, PriorityZeroSetsSkewTimeOfTheActiveRoutersInterval) {
  Router router = backup(router_config());
  router.handle(advert(200, kHighPeer, 100ms), kNow);
  router.handle(advert(0, kHighPeer, 100ms), kNow + 50ms);
  EXPECT_EQ(router.deadline(), kNow + 50ms + Duration{100ms} * 156 / 256);
}

// Active_Down_Timer begins when an advert is received, not when this process comes to read it.
TEST(Rfc9568_6_4_2, TheTimerCountsFromWhenAnAdvertCame) {
  for (const Duration age : {Duration{0}, Duration{3ms}}) {
    for (const int priority : {0, 200}) {
      Router router = backup(router_config());
      AdvertReceived late = advert(priority);
      late.age = age;
      router.handle(late, kNow + age);
      Router in_time = backup(router_config());
      in_time.handle(advert(priority), kNow);
      EXPECT_EQ(router.deadline(), in_time.deadline()) << priority;
    }
  }
}

TEST(Rfc9568_6_4_2, PriorityZeroIsNoReasonToWaitLongerForThePatient) {
  for (const RouterConfig& config : {without_preempt(), with_delay(60s)}) {
    Router router = backup(config);
    router.handle(advert(50), kNow);
    router.handle(advert(0), kNow + 1s);
    EXPECT_EQ(router.deadline(), kNow + 1s + skew(VrrpVersion::k3));
  }
}

TEST(Rfc9568_6_4_2, NoOtherPrioritySetsSkewTime) {
  for (const int priority : {1, 99, 100, 255}) {
    Router router = backup(router_config());
    router.handle(advert(priority), kNow);
    EXPECT_GT(router.deadline().value(), kNow + skew(VrrpVersion::k3)) << priority;
  }
}

TEST(Rfc9568_6_4_2, AnAdvertAdoptsItsInterval) {
  Router router = backup(router_config());
  router.handle(advert(100, kHighPeer, 400ms), kNow);
  EXPECT_EQ(router.deadline(), kNow + 3 * Duration{400ms} + Duration{400ms} * 156 / 256);
  router.handle(advert(101, kHighPeer, 10s), kNow);
  EXPECT_EQ(router.deadline(), kNow + 3 * Duration{10s} + Duration{10s} * 156 / 256);
}

TEST(Rfc9568_6_4_2, AnAdvertOfVersion2AdoptsNoInterval) {
  Router router = backup(router_config(VrrpVersion::k2));
  router.handle(advert(100, kHighPeer, 10s), kNow);
  EXPECT_EQ(router.deadline(), kNow + down(VrrpVersion::k2));
}

TEST(Rfc9568_6_4_2, ALowerPriorityIsDiscardedIntervalAndAll) {
  Router router = backup(router_config());
  router.handle(advert(99, kHighPeer, 10s), kNow);
  EXPECT_EQ(router.deadline(), kStart + down(VrrpVersion::k3));
}

TEST(Rfc9568_6_4_2, WithoutPreemptALowerPriorityIsObeyed) {
  Router router = backup(without_preempt());
  router.handle(advert(1, kLowPeer, 400ms), kNow);
  EXPECT_EQ(router.deadline(), kNow + 3 * Duration{400ms} + Duration{400ms} * 156 / 256);
}

TEST(Rfc9568_6_4_2, ItNeverSpeaksNorHoldsAddressesWhateverItHears) {
  Router router = backup(router_config());
  for (int priority = 0; priority <= 255; ++priority) {
    EXPECT_EQ(router.handle(advert(priority, kHighPeer), kNow), RouterActions{});
    EXPECT_FALSE(router.holds_addresses());
  }
  EXPECT_EQ(router.state(), VrrpState::kBackup);
}

// ---- Preempt delay: keepalived's, outside the RFC.

TEST(PreemptDelay, SuffersALowerPriorityForThatLong) {
  Router router = backup(with_delay(10s));
  for (Duration heard = 0s; heard < 10s; heard += 2s) {
    router.handle(advert(50), kNow + heard);
    EXPECT_EQ(router.deadline(), kNow + heard + down(VrrpVersion::k3));
  }
  router.handle(advert(50), kNow + 10s);
  EXPECT_EQ(router.deadline(), kNow + 8s + down(VrrpVersion::k3));
}

TEST(PreemptDelay, CountsAnewOnceABetterRouterIsHeard) {
  Router router = backup(with_delay(3s));
  router.handle(advert(50), kNow);
  router.handle(advert(100, kHighPeer), kNow + 2s);
  router.handle(advert(50), kNow + 4s);
  router.handle(advert(50), kNow + 6s);
  EXPECT_EQ(router.deadline(), kNow + 6s + down(VrrpVersion::k3));
}

TEST(PreemptDelay, CountsAnewAfterEachTimeItWasActive) {
  Router router = backup(with_delay(3s));
  router.handle(advert(50), kNow);
  router.handle(Tick{}, router.deadline().value());
  const Time lost = router.since() + 1s;
  router.handle(advert(200), lost);
  ASSERT_EQ(router.state(), VrrpState::kBackup);
  router.handle(advert(50), lost + 1s);
  EXPECT_EQ(router.deadline(), lost + 1s + down(VrrpVersion::k3));
}

// ---- Why it took over.

TEST(TakeOver, SaysWhenNobodyWasHeard) {
  Router router = backup(router_config());
  EXPECT_EQ(reason_to_take_over(router), "no advert heard for 7.219 s");
}

TEST(TakeOver, SaysWhoFellSilent) {
  Router router = backup(router_config());
  router.handle(advert(200, kHighPeer), kNow);
  EXPECT_EQ(reason_to_take_over(router), "no advert from 198.51.100.11 for 7.219 s");
}

TEST(TakeOver, SaysWhoLetGo) {
  Router router = backup(router_config());
  router.handle(advert(0, kHighPeer), kNow);
  EXPECT_EQ(reason_to_take_over(router), "198.51.100.11 let go (priority 0)");
}

TEST(TakeOver, SaysWhoWasPreemptedAtAnyInterval) {
  for (const Duration interval : {Duration{10ms}, Duration{2s}, Duration{40s}}) {
    SCOPED_TRACE(interval.count());
    RouterConfig config = router_config();
    config.advert_interval = interval;
    Router router = backup(config);
    for (int i = 0; i < 4; ++i) {
      router.handle(advert(50, kLowPeer, interval), kStart + i * interval + interval / 2);
    }
    EXPECT_EQ(reason_to_take_over(router), "preempted 198.51.100.9: priority 100 over its 50");
  }
}

TEST(TakeOver, DoesNotClaimToHavePreemptedWhoFellSilent) {
  RouterConfig config = without_preempt();
  config.advert_interval = 100ms;
  Router router = backup(config);
  router.handle(advert(50, kLowPeer, 100ms), kNow);
  EXPECT_EQ(reason_to_take_over(router), "no advert from 198.51.100.9 for 0.361 s");
}

// ---- A new configuration while backup.

TEST(BackupConfig, PriorityMovesTheTimerByTheDifferenceOfTheSkewTimes) {
  Router router = backup(router_config());
  RouterConfig config = router_config();
  config.priority = Priority{228};
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow), RouterActions{});
  EXPECT_EQ(router.deadline(), kStart + 6s + 28 * Duration{2s} / 256);
}

TEST(BackupConfig, PriorityMovesTheTimerAfterPriorityZeroToo) {
  Router router = backup(router_config());
  router.handle(advert(0), kNow);
  RouterConfig config = router_config();
  config.priority = Priority{228};
  router.handle(ConfigChanged{config}, kNow + 1ms);
  EXPECT_EQ(router.deadline(), kNow + 28 * Duration{2s} / 256);
}

TEST(BackupConfig, PriorityCountsAgainstTheNextAdvert) {
  Router router = backup(router_config());
  RouterConfig config = router_config();
  config.priority = Priority{99};
  router.handle(ConfigChanged{config}, kNow);
  router.handle(advert(99), kNow + 1s);
  EXPECT_EQ(router.deadline(), kNow + 1s + 6s + 157 * Duration{2s} / 256);
}

TEST(BackupConfig, Priority255IsActiveAtOnce) {
  Router router = backup(router_config());
  RouterConfig config = router_config();
  config.priority = kPriorityOwner;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow),
            (RouterActions{SendAdvert{kPriorityOwner}, AddAddresses{}, Announce{},
                           StateChanged{VrrpState::kBackup, VrrpState::kActive,
                                        "priority 255: owner of the addresses"}}));
  EXPECT_EQ(router.deadline(), kNow + 2s);
}

TEST(BackupConfig, IntervalOfTheActiveRouterStaysInVersion3) {
  // Otherwise a backup whose configuration is changed first would take over from a router that is
  // alive.
  Router router = backup(router_config());
  router.handle(advert(200, kHighPeer), kNow);
  RouterConfig config = router_config();
  config.advert_interval = 10ms;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow + 1s), RouterActions{});
  EXPECT_EQ(router.deadline(), kNow + down(VrrpVersion::k3));
}

TEST(BackupConfig, IntervalIsOurOwnWhileNobodyWasHeard) {
  Router router = backup(router_config());
  RouterConfig config = router_config();
  config.advert_interval = 400ms;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow), RouterActions{});
  EXPECT_EQ(router.deadline(), kNow + 3 * Duration{400ms} + Duration{400ms} * 156 / 256);
}

TEST(BackupConfig, IntervalIsAlwaysOurOwnInVersion2AndCountsFromNow) {
  Router router = backup(router_config(VrrpVersion::k2));
  router.handle(advert(200, kHighPeer), kNow);
  RouterConfig config = router_config(VrrpVersion::k2);
  config.advert_interval = 1s;
  EXPECT_EQ(router.handle(ConfigChanged{config}, kNow + 1s), RouterActions{});
  EXPECT_EQ(router.deadline(), kNow + 1s + 3s + 609375us);
}

TEST(BackupConfig, PreemptAndDelayCountFromTheNextAdvert) {
  Router router = backup(router_config());
  router.handle(ConfigChanged{without_preempt()}, kNow);
  router.handle(advert(50), kNow + 1s);
  EXPECT_EQ(router.deadline(), kNow + 1s + down(VrrpVersion::k3));
  router.handle(ConfigChanged{router_config()}, kNow + 2s);
  router.handle(advert(50), kNow + 3s);
  EXPECT_EQ(router.deadline(), kNow + 1s + down(VrrpVersion::k3));
}

}  // namespace
}  // namespace holdfast::vrrp
