// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Gratuitous ARP and neighbour advertisements: how many, when, and in what order.
namespace holdfast::vrrp {
namespace {

class AnnounceTest : public VrrpCoreTest {
 protected:
  // Only what is announced, each with its time since kStart + kDown, until then.
  Lines announced_until(Duration end) {
    Lines lines = std::exchange(seen_, {});
    while (core_.deadline() && *core_.deadline() <= kStart + kDown + end) {
      note(wake_when_due(), lines);
    }
    now_ = kStart + kDown + end;
    return lines;
  }
  void note(const Lines& all, Lines& lines) const {
    for (const std::string& line : all) {
      if (line.starts_with("arp") || line.starts_with("na")) {
        lines.push_back(reason::seconds(now_ - kStart - kDown) + " " + line);
      }
    }
  }
  // The same, of something that happens now.
  void happen(const VrrpEvent& event) { note(handle(event), seen_); }
  void hear(int priority) { note(receive(advert(priority)), seen_); }

  static AnnounceConfig bursts_of(int repeat) {  // and no second ones
    AnnounceConfig config;
    config.repeat = repeat;
    config.delay = 0s;
    return config;
  }
  static Lines times(int count, const std::string& line) {
    return Lines(static_cast<std::size_t>(count), line);
  }

  Lines seen_;
};

TEST_F(AnnounceTest, EveryOptionOfABurst) {
  InstanceConfig config = instance();
  config.announce.repeat = 2;
  config.announce.delay = 300ms;
  config.announce.delay_repeat = 3;
  config.announce.refresh = 2s;
  config.announce.refresh_repeat = 1;
  begin(config_of({config}));
  EXPECT_EQ(announced_until(4500ms),
            times(2, "0.000 s arp 192.0.2.10 on 2") + times(3, "0.300 s arp 192.0.2.10 on 2") +
                times(1, "2.000 s arp 192.0.2.10 on 2") + times(1, "4.000 s arp 192.0.2.10 on 2"));
}

TEST_F(AnnounceTest, NeighbourAdvertisementsAreTheSameForIpv6) {
  InstanceConfig config = instance();
  config.excluded_addresses = {prefix("2001:db8::10/64")};
  config.announce.repeat = 1;
  config.announce.delay = 0s;
  begin(config_of({config}));
  EXPECT_EQ(announced_until(1h),
            (Lines{"0.000 s arp 192.0.2.10 on 2", "0.000 s na 2001:db8::10 on 2"}));
}

TEST_F(AnnounceTest, HearingALoserAnnouncesAsOftenAsConfigured) {
  InstanceConfig config = instance();
  config.announce = bursts_of(1);
  config.announce.lower_priority_repeat = 2;
  config.announce.lower_priority_delay = 500ms;
  begin(config_of({config}));
  EXPECT_EQ(announced_until(5s), Lines{"0.000 s arp 192.0.2.10 on 2"});
  hear(50);
  EXPECT_EQ(announced_until(1h),
            times(2, "5.000 s arp 192.0.2.10 on 2") + times(2, "5.500 s arp 192.0.2.10 on 2"));
}

TEST_F(AnnounceTest, HearingALoserAnnouncesNothingIfSoConfigured) {
  InstanceConfig config = instance();
  config.announce = bursts_of(1);
  config.announce.lower_priority_repeat = 0;
  begin(config_of({config}));
  announced_until(5s);
  hear(50);
  hear(0);
  EXPECT_EQ(announced_until(1h), Lines{});
}

TEST_F(AnnounceTest, AfterAHealedSplitTheWinnerHearsTheLosersLastWordAndAnnounces) {
  InstanceConfig config = instance();
  config.announce = bursts_of(1);
  begin(config_of({config}));
  announced_until(60s);
  // The loser of the split says the same word more when it goes (see LosesToAHigherPriority...).
  hear(50);
  EXPECT_EQ(announced_until(61s), Lines{"60.000 s arp 192.0.2.10 on 2"});
}

TEST_F(AnnounceTest, ANewMacAddressIsAnnouncedLikeABegin) {
  be_active();
  announced_until(60s);
  Link link = eth0({virtual_address("192.0.2.10/24")});
  link.mac = {0x02, 0, 0, 0, 0, 9};
  happen(LinkChanged{link});
  EXPECT_EQ(std::get<SendFrame>(actions_.back()).frame.bytes()[11], 9);
  EXPECT_EQ(announced_until(120s),
            times(5, "60.000 s arp 192.0.2.10 on 2") + times(5, "65.000 s arp 192.0.2.10 on 2"));
  happen(LinkChanged{link});
  EXPECT_EQ(announced_until(180s), Lines{}) << "the same again is no news";
}

TEST_F(AnnounceTest, ANewMacAddressOfABackupIsNoMatter) {
  begin(config_of({instance()}));
  Link link = eth0();
  link.mac = {0x02, 0, 0, 0, 0, 9};
  EXPECT_EQ(handle(LinkChanged{link}), Lines{});
}

// ---- A reload.

TEST_F(AnnounceTest, AReloadChangesThePaceOfRefreshing) {
  be_active();
  announced_until(60s);
  InstanceConfig config = instance();
  config.announce.refresh = 10s;
  handle(config_of({config}));
  EXPECT_EQ(announced_until(75s), Lines{"70.000 s arp 192.0.2.10 on 2"});
  config.announce.refresh = 0s;
  handle(config_of({config}));
  EXPECT_EQ(announced_until(1h), Lines{});
}

// ---- Limits.

class PacedTest : public AnnounceTest {
 protected:
  static Config paced(std::vector<InstanceConfig> instances, AnnounceLimits limits) {
    for (InstanceConfig& one : instances) one.announce = bursts_of(2);
    Config config = config_of(std::move(instances));
    config.announce_limits = std::move(limits);
    return config;
  }
};

TEST_F(PacedTest, TheFirstFrameIsNeverDelayedAndTheOthersKeepTheirGap) {
  InstanceConfig config = instance();
  config.addresses.push_back(prefix("192.0.2.11/24"));
  begin(paced({config}, {{10ms, 0ms}, {}}));
  EXPECT_EQ(announced_until(1h),
            (Lines{"0.000 s arp 192.0.2.10 on 2", "0.010 s arp 192.0.2.11 on 2",
                   "0.020 s arp 192.0.2.10 on 2", "0.030 s arp 192.0.2.11 on 2"}));
}

TEST_F(PacedTest, InstancesOfAnInterfaceShareItsLimit) {
  begin(paced({instance(), two()}, {{10ms, 0ms}, {}}));
  EXPECT_EQ(announced_until(1h),
            (Lines{"0.000 s arp 192.0.2.10 on 2", "0.010 s arp 192.0.2.10 on 2",
                   "0.020 s arp 192.0.2.20 on 2", "0.030 s arp 192.0.2.20 on 2"}));
}

TEST_F(PacedTest, InterfacesOfAGroupShareItsLimit) {
  InstanceConfig other = two();
  other.interface = "eth1";
  begin(paced({instance(), other}, {{}, {{{"eth0", "eth1"}, {10ms, 0ms}}}}), {eth0(), eth1()});
  EXPECT_EQ(announced_until(1h),
            (Lines{"0.000 s arp 192.0.2.10 on 2", "0.010 s arp 192.0.2.10 on 2",
                   "0.020 s arp 192.0.2.20 on 3", "0.030 s arp 192.0.2.20 on 3"}));
}

TEST_F(PacedTest, WhoLosesSaysNoMoreThanItHasSaid) {
  begin(paced({instance(), two()}, {{100ms, 0ms}, {}}));
  EXPECT_EQ(announced_until(50ms), Lines{"0.000 s arp 192.0.2.10 on 2"});
  hear(200);
  EXPECT_EQ(announced_until(400ms),
            (Lines{"0.100 s arp 192.0.2.20 on 2", "0.200 s arp 192.0.2.20 on 2"}));
}

TEST_F(PacedTest, WhatAReloadTakesAwayIsNotAnnounced) {
  InstanceConfig config = instance();
  config.addresses.push_back(prefix("192.0.2.11/24"));
  const AnnounceLimits limits{{100ms, 0ms}, {}};
  begin(paced({config}, limits));
  announced_until(50ms);
  handle(paced({instance()}, limits));
  EXPECT_EQ(announced_until(1h), Lines{"0.200 s arp 192.0.2.10 on 2"});
}

TEST_F(PacedTest, WhatWaitsCarriesTheMacAddressOfWhenItGoes) {
  begin(paced({instance()}, {{100ms, 0ms}, {}}));
  announced_until(50ms);
  Link link = eth0({virtual_address("192.0.2.10/24")});
  link.mac = {0x02, 0, 0, 0, 0, 9};
  handle(LinkChanged{link});
  wake_at(kStart + kDown + 100ms);
  EXPECT_EQ(std::get<SendFrame>(actions_.front()).frame.bytes()[11], 9);
}

}  // namespace
}  // namespace holdfast::vrrp
