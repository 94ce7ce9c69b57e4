// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Sync groups on one node: members are active together or not at all.
namespace holdfast::vrrp {
namespace {

InstanceConfig lan() {
  InstanceConfig config = instance("lan", 52, "192.0.2.20/24");
  config.interface = "eth1";
  config.sync_group = "g";
  return config;
}
InstanceConfig wan() {
  InstanceConfig config = instance("wan", 51, "192.0.2.10/24");
  config.sync_group = "g";
  return config;
}
InstanceConfig third() {
  InstanceConfig config = instance("third", 53, "192.0.2.30/24");
  config.sync_group = "g";
  return config;
}

// wan on eth0 (2), lan on eth1 (3).
class VrrpCoreGroupTest : public VrrpCoreTest {
 protected:
  Lines start(const Config& config = config_of({lan(), wan()})) {
    return begin(config, {eth0(), eth1()});
  }
  void be_active_together() {
    start();
    wake_at(kStart + kDown);
  }
  Lines hear(int priority, const InstanceConfig& of) {
    return of.interface == "eth1" ? receive(advert(priority, of), ip("203.0.113.2"), 3)
                                  : receive(advert(priority, of));
  }
  // Adverts of a peer keep `of` a backup, for so long.
  void obey(const InstanceConfig& of, Duration duration) {
    for (const Time until = now_ + duration; now_ < until;) {
      hear(150, of);
      pass(1s);
    }
  }
};

TEST_F(VrrpCoreGroupTest, StartsAsBackupsAndTakesOverAtTheSameMoment) {
  EXPECT_EQ(only(start(), "report").size(), 2U);
  EXPECT_EQ(core_.deadline(), kStart + kDown);
  EXPECT_EQ(only(wake_when_due(), "add"),
            (Lines{"add 192.0.2.20/24 on 3", "add 192.0.2.10/24 on 2"}));
}

TEST_F(VrrpCoreGroupTest, TakesOverWhenTheLastOfItsMembersIsDue) {
  InstanceConfig slow = lan();
  slow.priority = Priority{1};
  start(config_of({slow, wan()}));
  EXPECT_EQ(wake_at(kStart + kDown), Lines{});
  const Time last = kStart + 3s + Duration{1s} * 255 / 256;
  EXPECT_EQ(core_.deadline(), last);
  EXPECT_EQ(only(wake_at(last), "add").size(), 2U);
}

TEST_F(VrrpCoreGroupTest, WaitsForAMemberThatObeysAPeer) {
  start();
  obey(lan(), 20s);
  EXPECT_EQ(only(hear(0, lan()), "add"), Lines{});
  // Priority 0: after its Skew_Time lan is due, as wan has been for long.
  const Time due = now_ + 609375us;
  while (*core_.deadline() < due) EXPECT_EQ(only(wake_when_due(), "add"), Lines{});
  EXPECT_EQ(only(wake_at(due), "report"),
            (Lines{"report lan MASTER 100 since 20.609 s: 203.0.113.2 let go (priority 0)",
                   "report wan MASTER 100 since 20.609 s: no advert heard for 20.609 s"}));
}

TEST_F(VrrpCoreGroupTest, WhoHearsAnAdvertWaitsForItsOwnTimerAgain) {
  start();
  obey(lan(), 10s);
  hear(150, wan());
  hear(0, lan());
  pass(3s);
  EXPECT_EQ(only(wake_at(now_), "add"), Lines{});
  EXPECT_EQ(only(wake_at(kStart + 10s + kDown), "add").size(), 2U);
}

TEST_F(VrrpCoreGroupTest, YieldsAsSoonAsAMemberHasLost) {
  be_active_together();
  const Lines lines = hear(150, lan());
  EXPECT_EQ(only(lines, "report"),
            (Lines{"report lan BACKUP 100 since 3.609 s: 203.0.113.2 has priority 150 over our 100",
                   "report wan BACKUP 100 since 3.609 s: sync group g: lan is backup"}));
  EXPECT_EQ(only(lines, "advert"), (Lines{"advert from 203.0.113.1 on 3: vrid 52 priority 100",
                                          "advert from 198.51.100.1 on 2: vrid 51 priority 0"}));
  // lan's heir is there, wan's has yet to hear of it.
  EXPECT_EQ(wake_at(now_ + Router::kHeirAnnounces), Lines{"remove 192.0.2.20/24 on 3"});
  hear(100, wan());
  EXPECT_EQ(wake_at(now_ + Router::kHeirAnnounces), Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreGroupTest, WithoutAnHeirWhoYieldsLetsGoAsAfterAHandOver) {
  be_active_together();
  hear(150, lan());
  const Time end = now_ + 1s + 609375us;
  obey(lan(), 1s);
  EXPECT_EQ(only(wake_at(end - 1us), "remove"), Lines{});
  EXPECT_EQ(only(wake_at(end), "remove"), Lines{"remove 192.0.2.10/24 on 2"});
}

// Its Active_Down_Timer runs out while it still answers: it waits for the group, and lets go.
TEST_F(VrrpCoreGroupTest, WhoWaitsForTheGroupLetsGoInTime) {
  be_active_together();
  hear(150, lan());
  const Time end = now_ + 1s + 609375us;
  hear(0, wan());  // wan is due within its Skew_Time
  obey(lan(), 1s);
  EXPECT_EQ(core_.deadline(), end);
  EXPECT_EQ(only(wake_at(end), "remove"), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_EQ(only(handle(Wake{}), "report"), Lines{});
}

TEST_F(VrrpCoreGroupTest, ALowerPriorityThatWillBePreemptedIsNotObeyed) {
  be_active_together();
  handle(config_of({lan(), wan(), third()}));
  EXPECT_EQ(only(hear(50, third()), "report"), Lines{});
  pass(kDown + 1s);
  EXPECT_EQ(only(hear(50, third()), "report").size(), 1U) << "a conflict won";
}

// ---- Faults.

TEST_F(VrrpCoreGroupTest, AFaultOfOneIsAFaultOfAll) {
  be_active_together();
  Link active = eth1();
  active.addresses.push_back(virtual_address("192.0.2.20/24"));
  const Lines lines = handle(LinkChanged{down(active)});
  EXPECT_EQ(only(lines, "report"),
            (Lines{"report lan FAULT 100 since 3.609 s: interface eth1 is down",
                   "report wan FAULT 100 since 3.609 s: sync group g: lan: interface eth1 is "
                   "down"}));
  EXPECT_EQ(only(lines, "advert"), Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 0"});
  EXPECT_EQ(only(lines, "remove").size(), 2U);
  EXPECT_EQ(core_.deadline(), kStart + kDown + 5s) << "the counters";
  EXPECT_EQ(only(handle(LinkChanged{eth1()}), "report"),
            (Lines{"report lan BACKUP 100 since 3.609 s: started",
                   "report wan BACKUP 100 since 3.609 s: started"}));
}

TEST_F(VrrpCoreGroupTest, AFaultLastsUntilTheLastOfItsCausesEnds) {
  start();
  handle(LinkChanged{down(eth1())});
  EXPECT_EQ(only(handle(LinkChanged{down(eth0())}), "report"),
            Lines{"report wan FAULT 100 since 0.000 s: interface eth0 is down"});
  EXPECT_EQ(only(handle(LinkChanged{eth1()}), "report"),
            Lines{"report lan FAULT 100 since 0.000 s: sync group g: wan: interface eth0 is "
                  "down"});
  EXPECT_EQ(only(handle(LinkChanged{eth0()}), "report").size(), 2U);
}

TEST_F(VrrpCoreGroupTest, ARefusedAddressIsAFaultOfAll) {
  be_active_together();
  const Lines lines = handle(AddressRefused{3, prefix("192.0.2.20/24"), "no buffer space"});
  EXPECT_EQ(only(lines, "remove"), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_EQ(only(lines, "report").size(), 2U);
  EXPECT_EQ(only(wake_at(now_ + 5s), "report").size(), 2U);
}

TEST_F(VrrpCoreGroupTest, BeginsInFaultIfOneOfThemDoes) {
  EXPECT_EQ(only(begin(config_of({lan(), wan()}), {eth0()}), "report"),
            (Lines{"report lan FAULT 100 since 0.000 s: there is no interface eth1",
                   "report wan FAULT 100 since 0.000 s: sync group g: lan: there is no interface "
                   "eth1"}));
}

// ---- Reloads.

TEST_F(VrrpCoreGroupTest, AReloadThatAddsAMemberLetsItJoin) {
  be_active_together();
  EXPECT_EQ(only(handle(config_of({lan(), wan(), third()})), "report"),
            Lines{"report third BACKUP 100 since 3.609 s: started"});
  pass(kDown);
  EXPECT_EQ(only(handle(Stop{}), "advert").size(), 3U);
}

TEST_F(VrrpCoreGroupTest, AReloadThatAddsAFaultyMemberIsAFaultOfAll) {
  be_active_together();
  InstanceConfig faulty = third();
  faulty.interface = "eth7";
  EXPECT_EQ(only(handle(config_of({lan(), wan(), faulty})), "report").size(), 3U);
  EXPECT_EQ(only(handle(config_of({lan(), wan()})), "report").size(), 2U);
}

TEST_F(VrrpCoreGroupTest, AReloadThatTakesOutTheOneInFaultFreesTheOthers) {
  start();
  handle(LinkChanged{down(eth1())});
  InstanceConfig alone = lan();
  alone.sync_group.clear();
  EXPECT_EQ(only(handle(config_of({alone, wan()})), "report"),
            Lines{"report wan BACKUP 100 since 0.000 s: started"});
}

TEST_F(VrrpCoreGroupTest, AReloadThatTakesOutTheOneThatObeysEndsTheWait) {
  for (const bool removed : {true, false}) {
    core_ = VrrpCore{};
    now_ = kStart;
    start();
    obey(lan(), 10s);
    InstanceConfig alone = lan();
    alone.sync_group.clear();
    const Config without = removed ? config_of({wan()}) : config_of({alone, wan()});
    EXPECT_EQ(only(handle(without), "add"), Lines{"add 192.0.2.10/24 on 2"});
  }
}

TEST_F(VrrpCoreGroupTest, AReloadThatEndsTheGroupEndsTheWait) {
  start();
  obey(lan(), 10s);
  InstanceConfig one = lan();
  InstanceConfig other = wan();
  one.sync_group.clear();
  other.sync_group.clear();
  EXPECT_EQ(only(handle(config_of({one, other})), "add"), Lines{"add 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreGroupTest, AReloadThatMakesAGroupOfAnActiveAndABackupRouterYields) {
  InstanceConfig one = lan();
  InstanceConfig other = wan();
  one.sync_group.clear();
  other.sync_group.clear();
  start(config_of({one, other}));
  obey(lan(), 10s);
  EXPECT_EQ(only(handle(config_of({lan(), wan()})), "report"),
            Lines{"report wan BACKUP 100 since 10.000 s: sync group g: lan is backup"});
}

TEST_F(VrrpCoreGroupTest, AReloadOfTheSameDoesNothingWhoeverWaits) {
  start();
  obey(lan(), 10s);
  const auto deadline = core_.deadline();
  EXPECT_EQ(handle(config_of({wan(), lan()})), Lines{});
  EXPECT_EQ(core_.deadline(), deadline);
}

// ---- The rest.

TEST_F(VrrpCoreGroupTest, AGroupOfOneIsLikeNone) {
  be_active(config_of({wan()}));
  EXPECT_EQ(only(hear(150, wan()), "report").size(), 1U);
}

TEST_F(VrrpCoreGroupTest, AStopHandsAllOverAndWhoLeavesYieldsForNobody) {
  be_active_together();
  EXPECT_EQ(only(handle(Stop{}), "advert"),
            (Lines{"advert from 203.0.113.1 on 3: vrid 52 priority 0",
                   "advert from 198.51.100.1 on 2: vrid 51 priority 0"}));
  hear(150, lan());
  EXPECT_EQ(wake_at(now_ + Router::kHeirAnnounces), Lines{"remove 192.0.2.20/24 on 3"});
  EXPECT_FALSE(core_.finished());
}

TEST_F(VrrpCoreGroupTest, OwnersAreActiveTogetherAtOnce) {
  InstanceConfig one = lan();
  InstanceConfig other = wan();
  one.priority = other.priority = kPriorityOwner;
  EXPECT_EQ(only(start(config_of({one, other})), "add").size(), 2U);
}

}  // namespace
}  // namespace holdfast::vrrp
