// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Interfaces and checks come and go under the virtual routers.
namespace holdfast::vrrp {
namespace {

const std::string kLost = "interface eth0 is down";

Lines to_fault(const std::string& from, const std::string& reason, const std::string& since) {
  return {"info one: " + from + " -> FAULT, priority 100: " + reason,
          "report one FAULT 100 since " + since + ": " + reason};
}
Lines recovered(const std::string& since) {
  return {"info one: FAULT -> BACKUP, priority 100: started",
          "report one BACKUP 100 since " + since + ": started"};
}

Link renamed(Link link, const std::string& name) {
  link.name = name;
  return link;
}

// ---- Its own interface.

TEST_F(VrrpCoreTest, LinkDownIsAFaultAndUpAStart) {
  begin(config_of({instance()}));
  now_ += 1s;
  EXPECT_EQ(handle(LinkChanged{down(eth0())}), to_fault("BACKUP", kLost, "1.000 s"));
  EXPECT_EQ(core_.deadline(), std::nullopt);
  now_ += 1s;
  EXPECT_EQ(handle(LinkChanged{eth0()}), recovered("2.000 s"));
  EXPECT_EQ(core_.deadline(), now_ + kDown);
}

TEST_F(VrrpCoreTest, LinkDownTakesTheAddressesOffAndSendsNothing) {
  be_active();
  EXPECT_EQ(handle(LinkChanged{down(eth0({virtual_address("192.0.2.10/24")}))}),
            Lines{"remove 192.0.2.10/24 on 2"} + to_fault("MASTER", kLost, "3.609 s"));
}

TEST_F(VrrpCoreTest, LinkGoneIsAFaultAndItsReturnUnderAnotherIndexAStart) {
  be_active();
  EXPECT_EQ(handle(LinkGone{2}), to_fault("MASTER", "there is no interface eth0", "3.609 s"));
  EXPECT_TRUE(core_.listening().empty());
  Link again = eth0();
  again.index = 9;
  EXPECT_EQ(handle(LinkChanged{again}), recovered("3.609 s"));
  EXPECT_EQ(core_.listening(), listening_on(9));
}

TEST_F(VrrpCoreTest, AMissingInterfaceIsAFaultUntilItAppears) {
  EXPECT_EQ(begin(config_of({instance()}), {}),
            to_fault("INIT", "there is no interface eth0", "0.000 s"));
  EXPECT_TRUE(core_.listening().empty());
  EXPECT_EQ(core_.deadline(), std::nullopt);
  now_ += 5s;
  EXPECT_EQ(handle(LinkChanged{down(eth0())}),
            (Lines{"info one: FAULT -> FAULT, priority 100: " + kLost,
                   "report one FAULT 100 since 5.000 s: " + kLost}));
  EXPECT_EQ(handle(LinkChanged{eth0()}), recovered("5.000 s"));
}

TEST_F(VrrpCoreTest, ARenameTakesTheInterfaceAwayAndItsAddressesWithIt) {
  be_active();
  EXPECT_EQ(handle(LinkChanged{renamed(eth0({virtual_address("192.0.2.10/24")}), "wan")}),
            to_fault("MASTER", "there is no interface eth0", "3.609 s") +
                Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreTest, ARenameBringsTheInterface) {
  begin(config_of({instance()}), {renamed(eth0(), "wan")});
  EXPECT_EQ(handle(LinkChanged{eth0()}), recovered("0.000 s"));
}

TEST_F(VrrpCoreTest, AnInterfaceOfNoInterestChangesNothing) {
  begin(config_of({instance()}));
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{});
  EXPECT_EQ(handle(LinkChanged{down(eth1())}), Lines{});
  EXPECT_EQ(handle(LinkChanged{renamed(eth1(), "lan")}), Lines{});
  EXPECT_EQ(handle(LinkGone{3}), Lines{});
  EXPECT_EQ(handle(LinkGone{4}), Lines{});
  EXPECT_EQ(core_.listening(), listening_on(2));
}

TEST_F(VrrpCoreTest, LinksBeforeBeginAreOnlyNoted) {
  handle(config_of({instance()}));
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{});
  EXPECT_EQ(handle(LinkGone{2}), Lines{});
  EXPECT_EQ(handle(Begin{}), to_fault("INIT", "there is no interface eth0", "0.000 s"));
}

TEST_F(VrrpCoreTest, WithoutAnAddressOfItsOwnItIsAtFault) {
  be_active();
  Link bare = eth0({virtual_address("192.0.2.10/24")});
  bare.addresses.erase(bare.addresses.begin());
  EXPECT_EQ(handle(LinkChanged{bare}),
            Lines{"remove 192.0.2.10/24 on 2"} +
                to_fault("MASTER", "interface eth0 has no IPv4 address", "3.609 s"));
}

TEST_F(VrrpCoreTest, ItsAdvertsComeFromItsNewAddress) {
  be_active();
  Link moved = eth0({virtual_address("192.0.2.10/24")});
  moved.addresses[0] = {prefix("198.51.100.77/24"), false};
  EXPECT_EQ(handle(LinkChanged{moved}), Lines{});
  EXPECT_EQ(wake_when_due(), Lines{"advert from 198.51.100.77 on 2: vrid 51 priority 100"});
}

// ---- Other interfaces.

TEST_F(VrrpCoreTest, ATrackedInterfaceWithoutAWeightIsNeeded) {
  InstanceConfig config = instance();
  config.track_interfaces = {{"eth1", std::nullopt}};
  be_active(config_of({config}), {eth0(), eth1()});
  EXPECT_EQ(
      handle(LinkChanged{down(eth1())}),
      (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 0", "remove 192.0.2.10/24 on 2"}) +
          to_fault("MASTER", "interface eth1 is down", "3.609 s"));
  EXPECT_EQ(handle(LinkChanged{eth1()}), recovered("3.609 s"));
  EXPECT_EQ(handle(LinkGone{3}), to_fault("BACKUP", "interface eth1 is down", "3.609 s"));
}

TEST_F(VrrpCoreTest, ATrackedInterfaceWithAWeightMovesThePriority) {
  InstanceConfig config = instance();
  config.track_interfaces = {{"eth1", -30}};
  be_active(config_of({config}), {eth0(), eth1()});
  EXPECT_EQ(handle(LinkChanged{down(eth1())}),
            (Lines{"info one: priority 100 -> 70: interface eth1 is down: -30",
                   "report one MASTER 70 since 3.609 s: no advert heard for 3.609 s"}));
  EXPECT_EQ(wake_when_due(), Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 70"});
}

TEST_F(VrrpCoreTest, AHandOverEndsWithItsInterface) {
  for (const bool gone : {true, false}) {
    core_ = VrrpCore{};
    now_ = kStart;
    be_active(config_of({instance(), two()}));
    handle(config_of({two()}));
    handle(gone ? VrrpEvent{LinkGone{2}} : VrrpEvent{LinkChanged{down(eth0())}});
    for (const std::string& line : handle(LinkChanged{eth0()})) {
      EXPECT_EQ(line.find("192.0.2.10"), std::string::npos) << line;
    }
  }
}

TEST_F(VrrpCoreTest, AStopEndsWithItsInterface) {
  be_active();
  handle(Stop{});
  EXPECT_EQ(handle(LinkGone{2}), to_fault("INIT", "interface eth0 is down", "3.609 s"));
  EXPECT_TRUE(core_.finished());
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
}

// Kernels before 5.18 keep no marks, and anybody may put a virtual address on an interface.
TEST_F(VrrpCoreTest, NeverSendsFromAVirtualAddressOfAnotherInstance) {
  const InstanceConfig low = instance("low", 53, "10.0.0.1/24");
  Link link = eth0();
  link.addresses.insert(link.addresses.begin(), virtual_address("10.0.0.1/24", false));
  begin(config_of({instance(), low}), {link});
  EXPECT_EQ(wake_at(kStart + kDown).front(), "advert from 198.51.100.1 on 2: vrid 53 priority 100");
  link.addresses.front().marked = true;
  handle(LinkChanged{link});
  EXPECT_EQ(wake_when_due().front(), "advert from 198.51.100.1 on 2: vrid 53 priority 100");
}

// ---- Checks.

class VrrpCoreCheckTest : public VrrpCoreTest {
 protected:
  static Config tracking(std::optional<int> weight) {
    InstanceConfig config = instance();
    config.track_checks = {{"nginx", weight}};
    return config_of({config, two()});
  }
  Lines check(bool up, const std::string& name = "nginx") {
    return handle(CheckState{name, up, 100, now_, "as the test says"});
  }
};

TEST_F(VrrpCoreCheckTest, DownWithoutAWeightIsAFaultOfWhoTracksIt) {
  begin(tracking(std::nullopt));
  EXPECT_EQ(check(true), Lines{});
  EXPECT_EQ(check(false), to_fault("BACKUP", "check nginx is down", "0.000 s"));
  EXPECT_EQ(check(false), Lines{});
  EXPECT_EQ(check(true), recovered("0.000 s"));
}

TEST_F(VrrpCoreCheckTest, DownWhileActiveLetsGoAtOnce) {
  be_active(tracking(std::nullopt));
  EXPECT_EQ(check(false), (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 0",
                                 "remove 192.0.2.10/24 on 2"}) +
                              to_fault("MASTER", "check nginx is down", "3.609 s"));
}

TEST_F(VrrpCoreCheckTest, DownWithAWeightMovesThePriority) {
  begin(tracking(-20));
  EXPECT_EQ(check(false), (Lines{"info one: priority 100 -> 80: check nginx is down: -20",
                                 "report one BACKUP 80 since 0.000 s: started"}));
  EXPECT_EQ(check(true), (Lines{"info one: priority 80 -> 100: no longer check nginx is down: -20",
                                "report one BACKUP 100 since 0.000 s: started"}));
}

TEST_F(VrrpCoreCheckTest, LowersABackupBelowTheActiveRouterItWouldHavePreempted) {
  begin(tracking(-20));
  check(false);
  receive(advert(90));
  EXPECT_EQ(core_.deadline(), kStart + kDown) << "two";
  pass(2s);
  receive(advert(90));
  pass(3s);
  receive(advert(79));
  wake_at(now_ + 2s);
  EXPECT_EQ(receive(advert(90)), (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 80"} +
                                  Lines{"info one: MASTER -> BACKUP, priority 80: 198.51.100.2 "
                                        "has priority 90 over our 80",
                                        "report one BACKUP 80 since 7.000 s: 198.51.100.2 has "
                                        "priority 90 over our 80"}));
}

TEST_F(VrrpCoreCheckTest, BeforeBeginCountsAtBegin) {
  handle(tracking(std::nullopt));
  handle(LinkChanged{eth0()});
  EXPECT_EQ(check(false), Lines{});
  const Lines lines = handle(Begin{});
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 2),
            to_fault("INIT", "check nginx is down", "0.000 s"));
}

TEST_F(VrrpCoreCheckTest, ThatNobodyTracksChangesNothing) {
  begin(tracking(std::nullopt));
  EXPECT_EQ(check(false, "dns"), Lines{});
}

}  // namespace
}  // namespace holdfast::vrrp
