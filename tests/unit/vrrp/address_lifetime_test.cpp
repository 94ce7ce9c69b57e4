// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_lifetime.h"

#include <algorithm>
#include <vector>

#include "tests/unit/vrrp/core_support.h"

// The kernel as a dead man's switch.
namespace holdfast::vrrp {
namespace {

InstanceConfig lasting(Duration interval = 1s, int adverts = 3) {
  InstanceConfig config = instance();
  config.address_lifetime.reset();
  config.advert_interval = interval;
  config.down_timer_adverts = adverts;
  return config;
}

TEST(AddressLifetime, AtASecondNobodyElseHoldsThemThen) {
  EXPECT_EQ(address_lifetime(lasting(), 0), (AddressLifetime{2s, 500ms, 0s, 750ms}));
}

// R: the last renewal, at most `between` after the last advert A. The kernel is done at R + lasts +
// its lateness, a peer takes over at A + 3 * interval and its Skew_Time.
TEST(AddressLifetime, TheyAreOverBeforeAPeerTakesOver) {
  for (Duration interval = 500ms; interval <= 40s; interval += 10ms) {
    const AddressLifetime lifetime = address_lifetime(lasting(interval), 0);
    EXPECT_EQ(lifetime.two_holders_at_most, Duration{0}) << reason::seconds(interval);
    EXPECT_LE(lifetime.lasts + lifetime.between + kKernelLateness, 3 * interval);
    EXPECT_EQ(lifetime.lasts % 1s, Duration{0});
    EXPECT_GT(lifetime.lasts, lifetime.gap);
  }
}

// A worker that hangs is killed after one interval, and its heir renews within a quarter of a
// second.
TEST(AddressLifetime, TheyOutlastAHungWorker) {
  for (Duration interval = 10ms; interval <= 40s; interval += 10ms) {
    if (interval >= 450ms && interval < 840ms) continue;  // The kernel's seconds are too coarse.
    const AddressLifetime lifetime = address_lifetime(lasting(interval), 0);
    const Duration watchdog = std::clamp<Duration>(interval, 150ms, 1s);
    EXPECT_GE(lifetime.lasts, lifetime.gap + watchdog + 250ms) << reason::seconds(interval);
  }
}

TEST(AddressLifetime, WhereThePeersAreFasterThanTheKernelItSaysByHowMuch) {
  EXPECT_EQ(address_lifetime(lasting(100ms), 0), (AddressLifetime{1s, 0s, 1200ms, 500ms}));
  EXPECT_EQ(address_lifetime(lasting(10ms), 0), (AddressLifetime{1s, 0s, 1470ms, 500ms}));
  EXPECT_EQ(address_lifetime(lasting(1s, 1), 0), (AddressLifetime{1s, 500ms, 1s, 500ms}));
}

TEST(AddressLifetime, IsNoneIfItIsOffOrWouldCostTooMuch) {
  InstanceConfig off = lasting();
  off.address_lifetime = Duration{0};
  EXPECT_EQ(address_lifetime(off, 0), AddressLifetime{});
  InstanceConfig ipv6 = lasting();
  ipv6.addresses = {prefix("2001:db8::1/128")};
  EXPECT_EQ(address_lifetime(ipv6, kIpv6AddressesMax).lasts, 2s);
  EXPECT_EQ(address_lifetime(ipv6, kIpv6AddressesMax + 1), AddressLifetime{});
  EXPECT_EQ(address_lifetime(lasting(), kIpv6AddressesMax + 1).lasts, 2s);
  ipv6.address_lifetime = 30s;
  EXPECT_EQ(address_lifetime(ipv6, kIpv6AddressesMax + 1).lasts, 30s);
}

TEST(AddressLifetime, TheSubnetOfAnIpv6AddressDoesNotEndWithIt) {
  EXPECT_TRUE(may_end(prefix("192.0.2.10/24")));
  EXPECT_TRUE(may_end(prefix("2001:db8::1/128")));
  EXPECT_FALSE(may_end(prefix("2001:db8::1/64")));
}

class LifetimeTest : public VrrpCoreTest {
 protected:
  static Lines renewal(const std::string& prefix = "192.0.2.10/24") {
    return {"renew " + prefix + " on 2 for 2.000 s"};
  }
  static Lines told(const Lines& lines) {
    Lines found;
    for (const char* word : {"advert", "add", "renew", "remove", "warning"}) {
      found += only(lines, word);
    }
    return found;
  }
  const std::string advert_ = "advert from 198.51.100.1 on 2: vrid 51 priority 100";
};

// Not later than half a second after an advert, and after the last renewal not than 0.75 s.
TEST_F(LifetimeTest, ThreeTimesInTwoIntervals) {
  begin(config_of({lasting()}));
  EXPECT_EQ(only(wake_at(kStart + kDown), "add"), Lines{"add 192.0.2.10/24 on 2 for 2.000 s"});
  for (int i = 0; i < 3; ++i) {
    const Time advert = now_;
    EXPECT_EQ(told(wake_at(advert + 500ms)), renewal());
    EXPECT_EQ(told(wake_at(advert + 1s)), Lines{advert_});
    EXPECT_EQ(told(wake_at(advert + 1250ms)), renewal());
    EXPECT_EQ(told(wake_at(advert + 2s)), Lines{advert_} + renewal());
  }
}

// As it is wherever a timer wakes up late: by how much differs, and must not add up.
TEST_F(LifetimeTest, LateWakeUpsNeitherCostMoreRenewalsNorLetThemBeLater) {
  for (Duration interval = 20ms; interval <= 3s; interval += 20ms) {
    core_ = VrrpCore{};
    const InstanceConfig config = lasting(interval);
    const AddressLifetime lifetime = address_lifetime(config, 0);
    begin(config_of({config}));
    while (only(wake_at(*core_.deadline()), "add").empty()) {
    }
    Time advert = now_;
    Time renewed = now_;
    int renewals = 0;
    for (int adverts = 0; adverts < 60;) {
      const Duration late = (now_.time_since_epoch() / 1us * 7919) % 300 * 1us;
      const Lines lines = wake_at(*core_.deadline() + late);
      if (!only(lines, "advert").empty()) advert = now_, ++adverts;
      if (only(lines, "renew").empty()) continue;
      EXPECT_LE(now_ - renewed, lifetime.gap + 1ms) << reason::seconds(interval);
      EXPECT_LE(now_ - advert, lifetime.between + 1ms) << reason::seconds(interval);
      renewed = now_;
      ++renewals;
    }
    EXPECT_LE(renewals, lifetime.between == Duration{0} ? 60 : 120) << reason::seconds(interval);
    EXPECT_TRUE(interval != 1s || renewals <= 91) << renewals;
  }
}

// The kernel's second lasts for many adverts, and half of it for a hang and what comes after.
TEST_F(LifetimeTest, NotWithEveryAdvertOfManyInASecond) {
  begin(config_of({lasting(100ms)}));
  wake_at(kStart + 400ms);
  wake_at(*core_.deadline());
  std::vector<bool> renewed;
  for (int i = 0; i < 10; ++i) {
    const Lines lines = wake_at(now_ + 100ms);
    EXPECT_EQ(only(lines, "advert"), Lines{advert_});
    renewed.push_back(!only(lines, "renew").empty());
  }
  EXPECT_EQ(std::count(renewed.begin(), renewed.end(), true), 2);
}

TEST_F(LifetimeTest, AWorkerThatResumesRenewsFirst) {
  const RouterState active{"one", VrrpState::kActive, Priority{100}, kStart - 5s, "r"};
  const Lines lines = begin(config_of({lasting()}), {eth0({virtual_address("192.0.2.10/24")})},
                            kStart - 1s, {active});
  EXPECT_EQ(told(lines), Lines{advert_} + renewal());
}

TEST_F(LifetimeTest, WhoLosesOrHandsOverLetsThemEnd) {
  be_active(config_of({lasting()}));
  pass(250ms);
  EXPECT_EQ(only(receive(advert(150)), "renew"), Lines{});
  pass(10s);
  EXPECT_EQ(core_.deadline().has_value(), true);
}

// What it knew of them the last time says nothing of the next.
TEST_F(LifetimeTest, WhoTakesOverAgainWasNotStopped) {
  be_active(config_of({lasting()}));
  receive(advert(150));
  const Time until = now_ + 10s;
  Lines all;
  while (*core_.deadline() <= until) all += wake_at(*core_.deadline());
  EXPECT_EQ(only(all, "add"), Lines{"add 192.0.2.10/24 on 2 for 2.000 s"});
  EXPECT_EQ(only(all, "warning"), Lines{});
}

TEST_F(LifetimeTest, WhatTheKernelEndedIsPutBackAndNobodysDeed) {
  InstanceConfig strict = lasting();
  strict.strict = Strictness::kFault;
  be_active(config_of({strict}));
  now_ += 2300ms;  // The whole process was stopped.
  const Lines lines = handle(LinkChanged{eth0()});
  EXPECT_EQ(only(lines, "add"), Lines{"add 192.0.2.10/24 on 2 for 2.000 s"});
  EXPECT_EQ(only(lines, "warning").size(), 1U);
  EXPECT_EQ(only(lines, "arp"), burst("192.0.2.10"));
}

TEST_F(LifetimeTest, WhatSomebodyElseTookIsADeedStill) {
  be_active(config_of({lasting()}));
  now_ += 300ms;
  const Lines lines = handle(LinkChanged{eth0()});
  EXPECT_EQ(only(lines, "warning"),
            Lines{"warning 192.0.2.10/24 was removed from eth0 by somebody else: put back"});
}

TEST_F(LifetimeTest, WhatAnotherHoldsNowIsNotPutBack) {
  be_active(config_of({lasting()}));
  now_ += 5s;
  receive(advert(150));
  const Lines lines = handle(LinkChanged{eth0()}) + handle(Wake{});
  EXPECT_EQ(told(lines), Lines{});
}

TEST_F(LifetimeTest, WhoDoesNotPreemptObeysWhoeverTookOver) {
  InstanceConfig modest = lasting();
  modest.preempt = false;
  be_active(config_of({modest}));
  now_ += 2900ms;
  receive(advert(50));
  pass(1s);
  EXPECT_EQ(only(handle(Stop{}), "report").at(0).find("report one INIT"), 0U);
}

TEST_F(LifetimeTest, AReloadMayEndOrBeginIt) {
  be_active(config_of({lasting()}));
  InstanceConfig off = lasting();
  off.address_lifetime = Duration{0};
  handle(config_of({off}));
  EXPECT_EQ(told(handle(Wake{})), Lines{"renew 192.0.2.10/24 on 2"});
  EXPECT_EQ(only(wake_at(now_ + 1s), "renew"), Lines{});
  handle(config_of({lasting()}));
  EXPECT_EQ(only(handle(Wake{}), "renew"), renewal());
}

TEST_F(LifetimeTest, AnOwnersAddressIsTheInterfacesOwn) {
  InstanceConfig owner = lasting();
  owner.priority = kPriorityOwner;
  begin(config_of({owner}), {with(eth0(), "192.0.2.10/24")});
  EXPECT_EQ(only(wake_at(now_ + 1s), "renew"), Lines{});
}

}  // namespace
}  // namespace holdfast::vrrp
