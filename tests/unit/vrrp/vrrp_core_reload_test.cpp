// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// A new configuration while everything runs.
namespace holdfast::vrrp {
namespace {

const Lines kNew{"info one: new configuration"};
const Lines kTwoStarts{"info two: INIT -> BACKUP, priority 100: started",
                       "report two BACKUP 100 since 3.609 s: started"};
const Lines kOneLeaves{"info one: removed from the configuration",
                       "advert from 198.51.100.1 on 2: vrid 51 priority 0",
                       "info one: MASTER -> INIT, priority 100: handed over"};

TEST_F(VrrpCoreTest, ReloadOfTheSameDoesNothing) {
  be_active(config_of({instance(), two()}));
  const auto deadline = core_.deadline();
  EXPECT_EQ(handle(config_of({two(), instance()})), Lines{});
  EXPECT_EQ(core_.deadline(), deadline);
}

TEST_F(VrrpCoreTest, ReloadThatAddsTouchesNothingElse) {
  be_active();
  const auto deadline = core_.deadline();
  EXPECT_EQ(handle(config_of({instance(), two()})), kTwoStarts);
  EXPECT_EQ(core_.deadline(), deadline);
}

TEST_F(VrrpCoreTest, ReloadThatAddsABackupTakesALeftOverOfItsAddressesOff) {
  be_active();
  handle(LinkChanged{
      eth0({virtual_address("192.0.2.10/24"), virtual_address("192.0.2.20/24", false)})});
  EXPECT_EQ(handle(config_of({instance(), two()})),
            kTwoStarts + Lines{"remove 192.0.2.20/24 on 2"});
}

TEST_F(VrrpCoreTest, ReloadThatRemovesHandsOver) {
  be_active(config_of({instance(), two()}));
  EXPECT_EQ(handle(config_of({two()})), kOneLeaves);
  Listening both = listening_on(2);
  both.begin()->second.vrids.insert(Vrid{52});
  EXPECT_EQ(core_.listening(), both);
  EXPECT_EQ(wake_at(now_ + 1s), Lines{"advert from 198.51.100.1 on 2: vrid 52 priority 100"});
  EXPECT_EQ(wake_at(kStart + kDown + 1609375us), Lines{"remove 192.0.2.10/24 on 2"});
  pass(3s);
  EXPECT_EQ(handle(LinkChanged{
                eth0({virtual_address("192.0.2.10/24", false), virtual_address("192.0.2.20/24")})}),
            Lines{})
      << "an address that is no longer ours";
}

TEST_F(VrrpCoreTest, ReloadThatRemovesABackupJustForgetsIt) {
  begin(config_of({instance(), two()}));
  EXPECT_EQ(handle(config_of({two()})),
            (Lines{"info one: removed from the configuration",
                   "info one: BACKUP -> INIT, priority 100: handed over"}));
  handle(Stop{});
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, WhatWasRemovedListensForItsHeir) {
  be_active();
  handle(Config{});
  EXPECT_EQ(core_.listening(), listening_on(2));
  EXPECT_EQ(core_.deadline(), now_ + 1609375us);
  now_ += 500ms;
  EXPECT_EQ(receive(advert(50)),
            Lines{"debug eth0: refused an advert from 198.51.100.2: vrid (1 so far)"});
  EXPECT_EQ(core_.deadline(), now_ + Router::kHeirAnnounces);
  EXPECT_EQ(wake_when_due(), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_TRUE(core_.listening().empty());
}

TEST_F(VrrpCoreTest, WhatWasRemovedDoesNotTakeAFalseHeir) {
  be_active();
  handle(Config{});
  now_ += 500ms;
  Advert wrong = advert(50);
  wrong.addresses = {ip("192.0.2.99")};
  for (const Advert& false_heir : {wrong, advert(50, two()), advert(0)}) {
    for (const std::string& line : receive(false_heir)) {
      EXPECT_FALSE(line.starts_with("remove")) << line;
    }
  }
  EXPECT_EQ(core_.listening(), listening_on(2));
}

TEST_F(VrrpCoreTest, StopWaitsForWhatWasRemoved) {
  be_active();
  handle(Config{});
  handle(Stop{});
  EXPECT_FALSE(core_.finished());
  now_ += 500ms;
  receive(advert(50));
  EXPECT_FALSE(core_.finished());
  pass(Router::kHeirAnnounces);
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, ReloadMeansThatTheSameAdvertIsExaminedAnew) {
  begin(config_of({instance()}));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(receive(advert(150)), Lines{});
  InstanceConfig other = instance();
  other.addresses = {prefix("192.0.2.11/32")};
  handle(config_of({other}));
  EXPECT_EQ(receive(advert(150)),
            Lines{"warning one: refused an advert from 198.51.100.2: address_list (1 so far)"});
  handle(config_of({instance()}));
  EXPECT_EQ(receive(advert(150)), Lines{});
}

TEST_F(VrrpCoreTest, ReloadMeansThatAnotherAdvertIsSaid) {
  be_active();
  wake_when_due();
  InstanceConfig other = instance();
  other.addresses = {prefix("192.0.2.11/32")};
  handle(config_of({other}));
  std::optional<SendPacket> sent;
  for (int i = 0; i < 5 && !sent; ++i) {
    wake_when_due();
    for (const VrrpAction& action : actions_) {
      if (const auto* packet = std::get_if<SendPacket>(&action)) sent = *packet;
    }
  }
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->payload, encoded(advert(100, other), kSource));
}

TEST_F(VrrpCoreTest, ReloadOfThePriorityIsNoChangeOfState) {
  be_active();
  InstanceConfig config = instance();
  config.priority = Priority{150};
  EXPECT_EQ(handle(config_of({config})),
            (kNew + Lines{"info one: priority 100 -> 150",
                          "report one MASTER 150 since 3.609 s: no advert heard for 3.609 s"}));
  EXPECT_EQ(wake_when_due(), Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 150"});
}

TEST_F(VrrpCoreTest, ReloadTo255IsActiveAtOnce) {
  begin(config_of({instance()}));
  InstanceConfig config = instance();
  config.priority = kPriorityOwner;
  EXPECT_EQ(
      handle(config_of({config})),
      (kNew +
       Lines{"info one: priority 100 -> 255", "advert from 198.51.100.1 on 2: vrid 51 priority 255",
             "add 192.0.2.10/24 on 2"} +
       burst("192.0.2.10") +
       Lines{"info one: BACKUP -> MASTER, priority 255: priority 255: owner of the "
             "addresses",
             "report one MASTER 255 since 0.000 s: priority 255: owner of the addresses"}));
}

TEST_F(VrrpCoreTest, ReloadOfTheIntervalBringsTheNextAdvertForward) {
  be_active();
  InstanceConfig config = instance();
  config.advert_interval = 100ms;
  EXPECT_EQ(handle(config_of({config})), kNew);
  EXPECT_EQ(core_.deadline(), now_ + 100ms);
}

TEST_F(VrrpCoreTest, ReloadOfTheAddressesChangesOnlyWhatDiffersAndAnnouncesWhatIsNew) {
  be_active();
  InstanceConfig config = instance();
  config.addresses = {prefix("192.0.2.10/24"), prefix("192.0.2.11/24")};
  EXPECT_EQ(handle(config_of({config})),
            kNew + Lines{"add 192.0.2.11/24 on 2"} + burst("192.0.2.11"));
  config.addresses = {prefix("192.0.2.11/24")};
  EXPECT_EQ(handle(config_of({config})), kNew + Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreTest, ReloadTakesAnAddressOffThoughTheKernelKeepsNoMarks) {
  be_active();
  handle(LinkChanged{eth0({virtual_address("192.0.2.10/24", false)})});
  InstanceConfig config = instance();
  config.addresses = {prefix("192.0.2.11/24")};
  EXPECT_EQ(
      handle(config_of({config})),
      (kNew + Lines{"add 192.0.2.11/24 on 2", "remove 192.0.2.10/24 on 2"} + burst("192.0.2.11")));
}

TEST_F(VrrpCoreTest, ReloadLeavesTheAddressesOfABackupAndOfAnOwnerWhereTheyAre) {
  InstanceConfig owner = two();
  owner.priority = kPriorityOwner;
  begin(config_of({instance(), owner}), {eth0({virtual_address("192.0.2.20/24", false)})});
  InstanceConfig changed = instance();
  changed.addresses = {prefix("192.0.2.11/24")};
  owner.addresses = {prefix("192.0.2.21/24")};
  for (const std::string& line : handle(config_of({changed, owner}))) {
    EXPECT_FALSE(line.starts_with("remove")) << line;
  }
}

TEST_F(VrrpCoreTest, ReloadOfABackupIsSilent) {
  begin(config_of({instance()}));
  InstanceConfig config = instance();
  config.addresses = {prefix("192.0.2.11/24")};
  config.checksum = ChecksumForm::kMessageOnly;
  EXPECT_EQ(handle(config_of({config})), kNew);
  EXPECT_EQ(core_.deadline(), kStart + kDown);
}

TEST_F(VrrpCoreTest, ReloadThatTracksMoreLooksAtItAtOnce) {
  begin(config_of({instance()}));
  InstanceConfig config = instance();
  config.track_interfaces = {{"eth7", std::nullopt}};
  EXPECT_EQ(handle(config_of({config})),
            (kNew + Lines{"info one: BACKUP -> FAULT, priority 100: interface eth7 is down",
                          "report one FAULT 100 since 0.000 s: interface eth7 is down"}));
  EXPECT_EQ(handle(config_of({instance()})),
            (kNew + Lines{"info one: FAULT -> BACKUP, priority 100: started",
                          "report one BACKUP 100 since 0.000 s: started"}));
}

TEST_F(VrrpCoreTest, ReloadMovesAnAddressFromOneInstanceToAnother) {
  be_active(config_of({instance(), two()}));
  InstanceConfig one = instance();
  InstanceConfig other = two();
  std::swap(one.addresses, other.addresses);
  EXPECT_EQ(handle(config_of({one, other})), kNew + Lines{"info two: new configuration"} +
                                                 burst("192.0.2.20") + burst("192.0.2.10"));
}

TEST_F(VrrpCoreTest, ReloadThatSwapsTwoVridsHandsBothOverFirst) {
  be_active(config_of({instance(), two()}));
  InstanceConfig one = instance();
  InstanceConfig other = two();
  std::swap(one.vrid, other.vrid);
  EXPECT_EQ(handle(config_of({one, other})),
            (kOneLeaves +
             Lines{"info two: removed from the configuration",
                   "advert from 198.51.100.1 on 2: vrid 52 priority 0",
                   "info two: MASTER -> INIT, priority 100: handed over",
                   "info one: INIT -> BACKUP, priority 100: started",
                   "report one BACKUP 100 since 3.609 s: started"} +
             kTwoStarts));
  // The heir of each is heard: the addresses go, though an instance that is backup has them too.
  now_ += 500ms;
  receive(advert(50));
  EXPECT_EQ(wake_when_due(), Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreTest, AnotherVersionOrInterfaceIsAnotherRouter) {
  InstanceConfig v2 = instance();
  v2.version = VrrpVersion::k2;
  InstanceConfig elsewhere = instance();
  elsewhere.interface = "eth1";
  for (const InstanceConfig& config : {v2, elsewhere}) {
    core_ = VrrpCore{};
    now_ = kStart;
    be_active(config_of({instance()}), {eth0(), eth1()});
    EXPECT_EQ(handle(config_of({config})),
              (kOneLeaves + Lines{"info one: INIT -> BACKUP, priority 100: started",
                                  "report one BACKUP 100 since 3.609 s: started"}));
  }
  EXPECT_EQ(core_.listening(), listening_on(2, 3));
}

TEST_F(VrrpCoreTest, ReloadBeforeBeginReplacesTheConfiguration) {
  handle(config_of({instance()}));
  EXPECT_EQ(handle(config_of({two()})), Lines{});
  handle(LinkChanged{eth0()});
  EXPECT_EQ(handle(Begin{}), (Lines{"info two: INIT -> BACKUP, priority 100: started",
                                    "report two BACKUP 100 since 0.000 s: started"}));
}

}  // namespace
}  // namespace holdfast::vrrp
