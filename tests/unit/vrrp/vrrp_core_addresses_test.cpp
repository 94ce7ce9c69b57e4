// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Addresses that others take away, or that the kernel will not take.
namespace holdfast::vrrp {
namespace {

const Link kActiveLink = eth0({virtual_address("192.0.2.10/24")});
const std::string kRefused = "the kernel refused 192.0.2.10/24 on eth0: no buffer space";

AddressRefused refused(const std::string& address = "192.0.2.10/24", int link = 2) {
  return {link, prefix(address), "no buffer space"};
}

TEST_F(VrrpCoreTest, AnAddressThatIsRemovedByOthersIsPutBack) {
  be_active();
  EXPECT_EQ(handle(LinkChanged{kActiveLink}), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0()}),
            (Lines{"warning 192.0.2.10/24 was removed from eth0 by somebody else: put back",
                   "add 192.0.2.10/24 on 2"}));
}

TEST_F(VrrpCoreTest, AnAddressThatIsAddedByOthersIsLeftAlone) {
  be_active();
  EXPECT_EQ(handle(LinkChanged{
                eth0({virtual_address("192.0.2.10/24"), virtual_address("192.0.2.99/24", false)})}),
            Lines{});
}

TEST_F(VrrpCoreTest, OurAddressOnABackupIsTakenOff) {
  begin(config_of({instance()}));
  for (const bool marked : {true, false}) {
    EXPECT_EQ(handle(LinkChanged{eth0({virtual_address("192.0.2.10/24", marked)})}),
              Lines{"remove 192.0.2.10/24 on 2"});
  }
}

TEST_F(VrrpCoreTest, ARefusedAddressIsAFaultUntilAnotherAttempt) {
  be_active();
  EXPECT_EQ(handle(refused()), (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 0",
                                      "info one: MASTER -> FAULT, priority 100: " + kRefused,
                                      "report one FAULT 100 since 3.609 s: " + kRefused}));
  const Time retry = now_ + 5s;
  EXPECT_EQ(wake_at(retry - 1us), Lines{});
  EXPECT_EQ(core_.deadline(), retry);
  // The counters' five seconds are over as well.
  EXPECT_EQ(wake_at(retry), (Lines{"info one: FAULT -> BACKUP, priority 100: started",
                                   "report one BACKUP 100 since 8.609 s: started",
                                   "counters one sent 2 received 0"}));
  const Lines lines = wake_at(retry + kDown);
  EXPECT_EQ(lines.at(1), "add 192.0.2.10/24 on 2");
}

TEST_F(VrrpCoreTest, ARefusedAddressTakesItsFellowsOff) {
  InstanceConfig config = instance();
  config.addresses.push_back(prefix("192.0.2.11/24"));
  be_active(config_of({config, two()}));
  const Lines lines = handle(refused());
  EXPECT_EQ(lines.at(1), "remove 192.0.2.11/24 on 2");
  for (const std::string& line : lines) EXPECT_EQ(line.find("192.0.2.20"), std::string::npos);
}

TEST_F(VrrpCoreTest, AFaultDuringAFaultWaitsForBoth) {
  be_active();
  handle(refused());
  Link down = eth0();
  down.up = false;
  EXPECT_EQ(handle(LinkChanged{down}).back(),
            "report one FAULT 100 since 3.609 s: interface eth0 is down");
  wake_at(now_ + 5s);
  EXPECT_EQ(handle(LinkChanged{eth0()}), (Lines{"info one: FAULT -> BACKUP, priority 100: started",
                                                "report one BACKUP 100 since 8.609 s: started"}));
}

TEST_F(VrrpCoreTest, ARefusalIsForgottenWithItsInterface) {
  be_active();
  handle(refused());
  handle(LinkGone{2});
  EXPECT_EQ(handle(LinkChanged{eth0()}), (Lines{"info one: FAULT -> BACKUP, priority 100: started",
                                                "report one BACKUP 100 since 3.609 s: started"}));
}

// A kernel that goes on refusing is asked ever more rarely.
TEST_F(VrrpCoreTest, EachRefusalInARowDoublesThePauseUpToFiveMinutes) {
  be_active();
  for (const int seconds : {5, 10, 20, 40, 80, 160, 300, 300, 300}) {
    SCOPED_TRACE(seconds);
    const Time since = now_;
    EXPECT_EQ(only(handle(refused()), "report").size(), 1U);
    const Time retry = since + std::chrono::seconds{seconds};
    while (core_.deadline() && *core_.deadline() < retry) {
      EXPECT_EQ(only(wake_when_due(), "report"), Lines{});
    }
    EXPECT_EQ(only(wake_at(retry), "report").size(), 1U);
    EXPECT_EQ(only(wake_at(retry + kDown), "add"), Lines{"add 192.0.2.10/24 on 2"});
  }
}

TEST_F(VrrpCoreTest, ARouterThatLastedIsPausedBrieflyAgain) {
  be_active();
  handle(refused());
  pass(5s);
  handle(refused());  // late: it holds nothing
  pass(kDown);
  EXPECT_EQ(only(receive(advert(150)), "report").size(), 1U);
  receive(advert(0));
  pass(10s);
  const Time since = now_;
  EXPECT_EQ(only(handle(refused()), "report").size(), 1U);
  EXPECT_EQ(only(wake_at(since + 5s), "report").size(), 1U);
}

TEST_F(VrrpCoreTest, ALateRefusalOfWhatNobodyHoldsIsNoFault) {
  begin(config_of({instance()}));
  EXPECT_EQ(handle(refused()), Lines{});
  EXPECT_EQ(handle(refused("192.0.2.99/24")), Lines{});
  EXPECT_EQ(handle(refused("192.0.2.10/24", 9)), Lines{});
  handle(LinkChanged{eth1()});
  EXPECT_EQ(handle(refused("192.0.2.10/24", 3)), Lines{});
}

TEST_F(VrrpCoreTest, ARefusalOnATrackedInterfaceIsNoFault) {
  InstanceConfig config = instance();
  config.track_interfaces = {{"eth1", std::nullopt}};
  be_active(config_of({config}), {eth0(), eth1()});
  EXPECT_EQ(handle(refused("192.0.2.10/24", 3)), Lines{});
}

TEST_F(VrrpCoreTest, ARefusalWhileHandingOverIsNotTriedAgain) {
  be_active();
  handle(Stop{});
  EXPECT_EQ(handle(refused()), Lines{});
  pass(10s);
  EXPECT_TRUE(core_.finished());
}

// ---- Addresses on other devices, with traits, untracked, or guarded strictly.

InstanceConfig with_address_on_eth1(bool track = true) {
  InstanceConfig config = instance();
  VirtualAddress address{prefix("203.0.113.10/24")};
  address.device = "eth1";
  address.track = track;
  config.excluded_addresses = {address};
  return config;
}
Link eth1_with(const std::string& address) {
  Link link = eth1();
  link.addresses.push_back(virtual_address(address));
  return link;
}

TEST_F(VrrpCoreTest, AnAddressOfAnotherDeviceIsHeldAndAnnouncedThere) {
  begin(config_of({with_address_on_eth1()}), {eth0(), eth1()});
  const Lines lines = wake_at(kStart + kDown);
  EXPECT_EQ(lines.at(1), "add 192.0.2.10/24 on 2");
  EXPECT_EQ(lines.at(2), "add 203.0.113.10/24 on 3");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "arp 203.0.113.10 on 3"), 5);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "arp 192.0.2.10 on 2"), 5);

  EXPECT_EQ(handle(LinkChanged{eth1_with("203.0.113.10/24")}), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth1()}),
            (Lines{"warning 203.0.113.10/24 was removed from eth1 by somebody else: put back",
                   "add 203.0.113.10/24 on 3"}));
  receive(advert(200));
  const Lines gone = wake_at(now_ + Router::kHeirAnnounces);
  EXPECT_EQ(std::count(gone.begin(), gone.end(), "remove 203.0.113.10/24 on 3"), 1);
}

// The one that leaves is gone, on every device, before its follower lets go.
TEST_F(VrrpCoreTest, AnAddressOfAnotherDeviceGoesFromALeaverToItsFollower) {
  be_active(config_of({with_address_on_eth1()}), {eth0(), eth1()});
  InstanceConfig follower = with_address_on_eth1();
  follower.vrid = Vrid{61};
  handle(config_of({follower}));
  pass(10s);  // The leaver has let go, and the follower is active.
  const Lines lines = receive(advert(200, follower));
  EXPECT_EQ(only(lines, "report").size(), 1U);
  EXPECT_EQ(only(wake_at(now_ + Router::kHeirAnnounces), "remove"),
            (Lines{"remove 192.0.2.10/24 on 2", "remove 203.0.113.10/24 on 3"}));
}

TEST_F(VrrpCoreTest, ADeviceThatIsMissingIsAFaultUnlessItIsUntracked) {
  begin(config_of({with_address_on_eth1()}));
  EXPECT_EQ(handle(LinkChanged{eth1()}), (Lines{"info one: FAULT -> BACKUP, priority 100: started",
                                                "report one BACKUP 100 since 0.000 s: started"}));
  EXPECT_EQ(handle(LinkGone{3}).back(),
            "report one FAULT 100 since 0.000 s: there is no interface eth1");
}

TEST_F(VrrpCoreTest, AnUntrackedAddressDoesWithoutItsDeviceAndIsNotPutBack) {
  be_active(config_of({with_address_on_eth1(false)}));
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{}) << "only at the next take-over";
  core_ = VrrpCore{};
  begin(config_of({with_address_on_eth1(false)}), {eth0(), eth1()});
  const Lines lines = wake_at(now_ + kDown);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "add 203.0.113.10/24 on 3"), 1);
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{});
}

TEST_F(VrrpCoreTest, ATraitThatChangesInAReloadReplacesTheAddress) {
  be_active();
  InstanceConfig config = instance();
  config.addresses[0].traits.label = "eth0:vip";
  const Lines lines = handle(config_of({config}));
  EXPECT_EQ(lines.at(1), "remove 192.0.2.10/24 on 2");
  EXPECT_EQ(lines.at(2), "add 192.0.2.10/24 on 2");
  EXPECT_EQ(std::get<AddAddress>(actions_.at(2)).traits.label, "eth0:vip");
}

TEST_F(VrrpCoreTest, AnAddressThatGoesAgainAndAgainIsPutBackAtAMeasuredPace) {
  be_active();
  const Time first = now_;
  handle(LinkChanged{eth0()});
  int lines = 0;
  int repairs = 0;
  for (; now_ < first + 2s; now_ += 1ms) {
    Lines said = core_.deadline() && *core_.deadline() <= now_ ? handle(Wake{}) : Lines{};
    handle(LinkChanged{kActiveLink});  // whatever we put back is there
    said += handle(LinkChanged{eth0()});
    for (const std::string& line : said) {
      repairs += line == "add 192.0.2.10/24 on 2" ? 1 : 0;
      lines += line.starts_with("warning ") ? 1 : 0;
    }
  }
  EXPECT_GT(repairs, 10);
  EXPECT_LT(repairs, 20);
  EXPECT_LE(lines, 5);
}

TEST_F(VrrpCoreTest, ManyAddressesThatGoTogetherAreOneLine) {
  InstanceConfig config = instance();
  Link link = kActiveLink;
  for (int i = 11; i < 100; ++i) {
    config.addresses.push_back(prefix("192.0.2." + std::to_string(i) + "/24"));
    link.addresses.push_back(virtual_address("192.0.2." + std::to_string(i) + "/24"));
  }
  be_active(config_of({config}));
  EXPECT_EQ(handle(LinkChanged{link}), Lines{});
  const Lines lines = handle(LinkChanged{eth0()});
  EXPECT_EQ(lines.size(), 91U);
  EXPECT_EQ(lines.front(),
            "warning 192.0.2.10/24 and 89 more were removed from eth0 by somebody else: put back");
}

TEST_F(VrrpCoreTest, WhatALinkTakesAlongWhenItGoesDownWasTakenByNobody) {
  InstanceConfig config = with_address_on_eth1();
  be_active(config_of({config}), {eth0(), eth1()});
  handle(LinkChanged{eth1_with("203.0.113.10/24")});
  Link down = eth1();
  down.up = false;
  EXPECT_EQ(handle(LinkChanged{down}), Lines{"add 203.0.113.10/24 on 3"});
}

TEST_F(VrrpCoreTest, WithStrictFaultALossIsAFaultUntilAnotherAttempt) {
  InstanceConfig config = instance();
  config.strict = Strictness::kFault;
  config.addresses.push_back(prefix("192.0.2.11/24"));
  be_active(config_of({config}));
  handle(LinkChanged{eth0({virtual_address("192.0.2.10/24"), virtual_address("192.0.2.11/24")})});
  const std::string why = "192.0.2.10/24 was removed from eth0 by somebody else";
  EXPECT_EQ(handle(LinkChanged{eth0({virtual_address("192.0.2.11/24")})}),
            (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 0", "remove 192.0.2.11/24 on 2",
                   "info one: MASTER -> FAULT, priority 100: " + why,
                   "report one FAULT 100 since 3.609 s: " + why}));
  const Lines lines = wake_at(now_ + 5s);
  EXPECT_EQ(lines.front(), "info one: FAULT -> BACKUP, priority 100: started");
}

}  // namespace
}  // namespace holdfast::vrrp
