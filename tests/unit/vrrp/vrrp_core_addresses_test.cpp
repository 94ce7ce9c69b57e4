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

}  // namespace
}  // namespace holdfast::vrrp
