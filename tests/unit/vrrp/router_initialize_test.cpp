// SPDX-License-Identifier: Apache-2.0
#include <tuple>

#include "tests/unit/vrrp/router_support.h"

// Into and out of Initialize: starting, handing over, fault, and going on after a crash.
namespace holdfast::vrrp {
namespace {

RouterConfig owner_config() {
  RouterConfig config = router_config();
  config.priority = kPriorityOwner;
  return config;
}

// ---- §6.4.1

TEST(Rfc9568_6_4_1, StartupOfTheOwnerSendsAnAdvertAnnouncesAndIsActive) {
  Router router = initialized(owner_config());
  const std::string reason = "priority 255: owner of the addresses";
  EXPECT_EQ(after(router, Startup{}, kStart),
            (Outcome{{SendAdvert{kPriorityOwner}, AddAddresses{}, Announce{},
                      StateChanged{VrrpState::kInitialize, VrrpState::kActive, reason}},
                     VrrpState::kActive,
                     kStart,
                     reason,
                     kStart + 2s,
                     true}));
}

TEST(Rfc9568_6_4_1, StartupOfAnyOtherIsSilentWhateverItsPriority) {
  for (const int priority : {1, 100, 254}) {
    SCOPED_TRACE(priority);
    RouterConfig config = router_config();
    config.priority = Priority{static_cast<std::uint8_t>(priority)};
    Router router{config};
    EXPECT_EQ(router.handle(Startup{}, kStart),
              (RouterActions{StateChanged{VrrpState::kInitialize, VrrpState::kBackup, "started"}}));
    EXPECT_EQ(router.deadline(), kStart + 6s + (256 - priority) * Duration{2s} / 256);
  }
}

TEST(Rfc9568_6_4_1, BeforeStartupNothingIsDone) {
  const Router router = initialized(router_config());
  EXPECT_FALSE(router.deadline().has_value());
  for (const RouterEvent& event : {RouterEvent{Tick{}}, RouterEvent{Shutdown{}},
                                   RouterEvent{advert(0)}, RouterEvent{advert(255)}}) {
    expect_ignored(router, event, kStart + 1h);
  }
}

TEST(Rfc9568_6_4_1, TheConfigurationOfStartupCounts) {
  Router router = initialized(router_config());
  EXPECT_EQ(router.handle(ConfigChanged{owner_config()}, kStart), RouterActions{});
  router.handle(Startup{}, kStart);
  EXPECT_EQ(router.state(), VrrpState::kActive);
}

// ---- Handing over: departs from the RFC in that the addresses answer until the heir does.

TEST(HandOver, EndsSoonAfterTheHeirIsHeardWhateverItsPriority) {
  for (const int priority : {1, 99, 100, 254, 255}) {
    Router router = handing_over(router_config());
    const Time heard = kStart + (256 - priority) * Duration{2s} / 256;  // after its Skew_Time
    const Time end = heard + Router::kHeirAnnounces;
    EXPECT_EQ(router.handle(advert(priority), heard), RouterActions{});
    EXPECT_TRUE(router.holds_addresses());
    EXPECT_EQ(router.deadline(), end);
    expect_ignored(router, advert(priority), end - 1us);
    EXPECT_EQ(router.handle(Tick{}, end), RouterActions{RemoveAddresses{}});
    EXPECT_FALSE(router.holds_addresses());
    EXPECT_FALSE(router.deadline().has_value());
    expect_ignored(router, advert(priority), kStart + 2500ms);
  }
}

TEST(HandOver, TakesNobodyForItsHeirWhoSpokeTooSoon) {
  Router router = handing_over(router_config());
  const Time end = router.deadline().value();
  router.handle(advert(99), kStart + 1ms);  // of one that had just lost
  router.handle(advert(100, kLowPeer), kStart + 1ms);
  EXPECT_EQ(router.deadline(), end);
  router.handle(advert(100, kHighPeer), kStart + 2ms);  // it outranks us: it never waits
  EXPECT_EQ(router.deadline(), kStart + 2ms + Router::kHeirAnnounces);
}

TEST(HandOver, IsNotProlongedByAnHeirHeardAtItsEnd) {
  Router router = handing_over(router_config());
  const Time end = router.deadline().value();
  router.handle(advert(100), end - 1us);
  EXPECT_EQ(router.deadline(), end);
}

TEST(HandOver, GoesOnWhileAnotherLetsGoToo) {
  Router router = handing_over(router_config());
  expect_ignored(router, advert(0), kStart + 100ms);
}

TEST(HandOver, EndsAfterAnIntervalAndTheSkewTime) {
  for (const VrrpVersion version : {VrrpVersion::k2, VrrpVersion::k3}) {
    Router router = handing_over(router_config(version));
    const Time end = kStart + 2s + skew(version);
    EXPECT_EQ(router.deadline(), end);
    expect_ignored(router, Tick{}, end - 1us);
    EXPECT_EQ(router.handle(Tick{}, end), RouterActions{RemoveAddresses{}});
    EXPECT_FALSE(router.holds_addresses());
    expect_ignored(router, Tick{}, end + 1h);
  }
}

TEST(HandOver, LastsLongerThanTheSkewTimeOfAnyHeir) {
  for (const VrrpVersion version : {VrrpVersion::k2, VrrpVersion::k3}) {
    for (const Duration interval : {Duration{1s}, Duration{40s}}) {
      RouterConfig config = router_config(version);
      config.advert_interval = interval;
      RouterConfig heir = config;
      heir.priority = Priority{1};
      Router listening = backup(heir);
      listening.handle(advert(100, kOwn, interval), kStart);
      listening.handle(advert(0, kOwn, interval), kStart);
      EXPECT_LT(listening.deadline().value(), handing_over(config).deadline().value());
    }
  }
}

TEST(HandOver, OfARouterThatIsNotActiveSendsNothing) {
  Router router = backup(router_config());
  EXPECT_EQ(
      router.handle(Shutdown{}, kStart + 1s),
      (RouterActions{StateChanged{VrrpState::kBackup, VrrpState::kInitialize, "handed over"}}));
  EXPECT_FALSE(router.holds_addresses());
}

// ---- Fault: Initialize with a reason.

TEST(RouterFault, IsLeftByStartupOnly) {
  const Router router = faulty(router_config());
  EXPECT_FALSE(router.deadline().has_value());
  for (const RouterEvent& event : {RouterEvent{Tick{}}, RouterEvent{Shutdown{}},
                                   RouterEvent{advert(0)}, RouterEvent{advert(255)}}) {
    expect_ignored(router, event, kStart + 1h);
  }
}

TEST(RouterFault, OfTheOwnerIsLeftForActive) {
  Router router = faulty(owner_config());
  router.handle(Startup{}, kStart + 1s);
  EXPECT_EQ(router.state(), VrrpState::kActive);
}

// ---- Startup at once: not in the RFC.

TEST(StartupAtOnce, WaitsForOneAdvertOfAnyOther) {
  for (const VrrpVersion version : {VrrpVersion::k2, VrrpVersion::k3}) {
    Router router = initialized(router_config(version));
    EXPECT_EQ(router.handle(Startup{true}, kStart),
              (RouterActions{StateChanged{VrrpState::kInitialize, VrrpState::kBackup, "started"}}));
    EXPECT_EQ(router.deadline(), kStart + 2s + skew(version));
    router.handle(advert(100), kStart + 1s);
    EXPECT_EQ(router.deadline(), kStart + 1s + down(version));
  }
}

TEST(StartupAtOnce, OfTheOwnerIsThatOfTheRfc) {
  Router at_once = initialized(owner_config());
  Router router = initialized(owner_config());
  EXPECT_EQ(at_once.handle(Startup{true}, kStart), router.handle(Startup{}, kStart));
  EXPECT_EQ(at_once, router);
}

// ---- Resume: instead of Startup after a crash.

TEST(Resume, AsActiveOnlyWhileNoPeerCanHaveTakenOver) {
  // A peer waits three intervals and its Skew_Time from our last advert, which is at most one
  // interval older than the last sign of life.
  const struct {
    Duration silence;
    bool goes_on;
  } boundaries[] = {{0us, true}, {2s, true}, {4s - 1us, true}, {4s, false}, {4s + 1us, false}};
  for (const auto& [silence, goes_on] : boundaries) {
    SCOPED_TRACE(silence.count());
    Router router = initialized(router_config());
    const RouterActions actions =
        router.handle(Resume{former_life(VrrpState::kActive), kStart - silence}, kStart);
    EXPECT_EQ(router.state(), goes_on ? VrrpState::kActive : VrrpState::kBackup);
    EXPECT_EQ(router.holds_addresses(), goes_on);
    if (goes_on) {
      EXPECT_EQ(actions, (RouterActions{SendAdvert{Priority{100}}, AddAddresses{}, Announce{}}));
    } else {
      EXPECT_EQ(actions.front(), RouterAction{RemoveAddresses{}});
    }
  }
}

TEST(Resume, AsActiveDependsOnHowManyAdvertsAPeerMisses) {
  for (const auto& [adverts, silence, state] :
       {std::tuple{1, Duration{0s}, VrrpState::kBackup},
        std::tuple{2, Duration{2s - 1us}, VrrpState::kActive},
        std::tuple{2, Duration{2s}, VrrpState::kBackup},
        std::tuple{10, Duration{18s - 1us}, VrrpState::kActive}}) {
    RouterConfig config = router_config();
    config.down_timer_adverts = adverts;
    Router router = initialized(config);
    router.handle(Resume{former_life(VrrpState::kActive), kStart - silence}, kStart);
    EXPECT_EQ(router.state(), state) << adverts << " adverts, " << silence.count() << " us";
  }
}

TEST(Resume, AsActiveIsNoChangeOfState) {
  Router router = initialized(router_config());
  router.handle(Resume{former_life(VrrpState::kActive), kStart}, kStart);
  EXPECT_EQ(router.since(), kStart - 500s);
  EXPECT_EQ(router.reason(), "of a former life");
}

TEST(Resume, AsActiveTooLateSaysWhy) {
  Router router = initialized(router_config());
  const RouterActions actions =
      router.handle(Resume{former_life(VrrpState::kActive), kStart - 4500ms}, kStart);
  const std::string reason =
      "restarted 4.500 s after the last sign of life: a peer may hold the addresses";
  EXPECT_EQ(actions, (RouterActions{RemoveAddresses{},
                                    StateChanged{VrrpState::kActive, VrrpState::kBackup, reason}}));
  EXPECT_EQ(router.since(), kStart);
}

TEST(Resume, OfTheOwnerIsNeverTooLate) {
  Router router = initialized(owner_config());
  EXPECT_EQ(router.handle(Resume{former_life(VrrpState::kActive), kStart - 1h}, kStart),
            (RouterActions{SendAdvert{kPriorityOwner}, AddAddresses{}, Announce{}}));
  EXPECT_EQ(router.since(), kStart - 500s);
}

TEST(Resume, AsBackupWaitsAWholeActiveDownInterval) {
  Router router = initialized(router_config());
  EXPECT_EQ(router.handle(Resume{former_life(VrrpState::kBackup), kStart - 1h}, kStart),
            RouterActions{});
  EXPECT_EQ(router.deadline(), kStart + down(VrrpVersion::k3));
  EXPECT_EQ(router.since(), kStart - 500s);
}

TEST(Resume, AsBackupThatBecameTheOwnerMeanwhileStarts) {
  Router router = initialized(owner_config());
  router.handle(Resume{former_life(VrrpState::kBackup), kStart - 1s}, kStart);
  EXPECT_EQ(router.state(), VrrpState::kActive);
  EXPECT_EQ(router.since(), kStart);
}

}  // namespace
}  // namespace holdfast::vrrp
