// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Routers whose addresses live on a virtual device.
namespace holdfast::vrrp {
namespace {

constexpr int kDevice = 9;
const std::string kAdvert = "advert from 198.51.100.1 on 9: vrid 51 priority 100";

InstanceConfig with_mac(InstanceConfig config = instance()) {
  config.virtual_device =
      VirtualDevice{VirtualDevice::Kind::kMacvlan, "vrrp." + std::to_string(config.vrid.value),
                    config.unicast.has_value()};
  return config;
}
Link shielded_eth0(std::vector<LinkAddress> addresses = {}) {
  Link link = eth0(std::move(addresses));
  link.arp = {1, 2};
  return link;
}
// The device as the kernel tells of it, made for instance().
Link device(bool enabled = false, std::vector<LinkAddress> addresses = {}) {
  Link link;
  link.index = kDevice;
  link.name = "vrrp.51";
  link.up = link.enabled = enabled;
  link.kind = "macvlan";
  link.alias = "holdfast:one arp=0,0";
  link.mac = virtual_mac(Family::kIpv4, Vrid{51});
  link.base = 2;
  link.addresses = std::move(addresses);
  return link;
}
Link holding() {
  return device(true, {virtual_address("192.0.2.10/24")});
}

class VrrpCoreDevices : public VrrpCoreTest {
 protected:
  // Backup, with its device made.
  void be_backup(const InstanceConfig& config = with_mac()) {
    EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
    EXPECT_EQ(handle(config_of({config})), Lines{"make vrrp.51"});
    EXPECT_EQ(handle(LinkChanged{device()}), Lines{"set ARP of interface 2"});
    handle(Begin{});
  }
  void be_master() {
    be_backup();
    wake_at(kStart + kDown);
  }
};

TEST_F(VrrpCoreDevices, ADeviceIsMadeBeforeItsRouterBegins) {
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
  EXPECT_EQ(handle(config_of({with_mac()})), Lines{"make vrrp.51"});
  const auto& made = std::get<MakeDevice>(std::get<ChangeDevice>(actions_.at(0)).change);
  EXPECT_EQ(made.spec, (DeviceSpec{"vrrp.51", VirtualDevice::Kind::kMacvlan, 2, 0,
                                   virtual_mac(Family::kIpv4, Vrid{51})}));
  EXPECT_EQ(made.alias, "holdfast:one arp=0,0");
  EXPECT_EQ(handle(LinkChanged{eth1()}), Lines{}) << "it is in the making";
  EXPECT_EQ(handle(LinkChanged{device()}), Lines{"set ARP of interface 2"});
  EXPECT_EQ(std::get<SetArp>(std::get<ChangeDevice>(actions_.at(0)).change), (SetArp{2, {1, 2}}));
  EXPECT_EQ(handle(Begin{}), (Lines{"info one: INIT -> BACKUP, priority 100: started",
                                    "report one BACKUP 100 since 0.000 s: started"}));
}

// The device shows its MAC address to a switch: from the first advert, and only of the master.
TEST_F(VrrpCoreDevices, TheDeviceIsUpExactlyWhileItsRouterIsActive) {
  be_backup();
  const std::string why = "no advert heard for 3.609 s";
  const Lines first{"enable vrrp.51", kAdvert, "add 192.0.2.10/24 on 9"};
  const Lines told{"info one: BACKUP -> MASTER, priority 100: " + why,
                   "report one MASTER 100 since 3.609 s: " + why};
  EXPECT_EQ(wake_at(kStart + kDown), first + burst("192.0.2.10", kDevice) + told);
  const auto arp = std::get<SendFrame>(actions_.at(3)).frame.bytes();
  const MacAddress mac = virtual_mac(Family::kIpv4, Vrid{51});
  EXPECT_TRUE(std::equal(mac.begin(), mac.end(), arp.begin() + 6)) << "Rfc9568_7_3";
  EXPECT_EQ(handle(LinkChanged{holding()}), Lines{});

  Link down = shielded_eth0();
  down.up = false;
  const Lines lost = handle(LinkChanged{down});
  ASSERT_GE(lost.size(), 2U);
  EXPECT_EQ(lost[0], "remove 192.0.2.10/24 on 9");
  EXPECT_EQ(lost[1], "disable vrrp.51");
}

TEST_F(VrrpCoreDevices, AdvertsMayComeFromTheBase) {
  InstanceConfig config = with_mac();
  config.virtual_device->adverts_from_base = true;
  be_backup(config);
  const Lines lines = wake_at(kStart + kDown);
  EXPECT_EQ(lines[0], "advert from 198.51.100.1 on 2: vrid 51 priority 100");
  EXPECT_EQ(lines[1], "enable vrrp.51");
  EXPECT_EQ(lines[2], "add 192.0.2.10/24 on 9");
}

TEST_F(VrrpCoreDevices, ItListensOnTheBase) {
  be_master();
  EXPECT_EQ(core_.listening(), listening_on(2));
}

TEST_F(VrrpCoreDevices, ARestartAdoptsWhatIsThere) {
  handle(LinkChanged{shielded_eth0()});
  handle(LinkChanged{holding()});
  EXPECT_EQ(handle(config_of({with_mac()})), Lines{});
  handle(RouterState{"one", VrrpState::kActive, Priority{100}, now_ - 10s, "because"});
  const Lines resumed = handle(Begin{now_ - 100ms});
  EXPECT_EQ(resumed.front(), kAdvert);
  EXPECT_EQ(std::count(resumed.begin(), resumed.end(), "remove vrrp.51"), 0);
  EXPECT_EQ(std::count(resumed.begin(), resumed.end(), "make vrrp.51"), 0);
  // And it knows what the base was like before its own first life.
  handle(config_of({}));
  now_ += 10s;
  const Lines gone = handle(Wake{});
  EXPECT_EQ(gone, (Lines{"remove 192.0.2.10/24 on 9", "disable vrrp.51", "remove vrrp.51",
                         "set ARP of interface 2"}));
  EXPECT_EQ(std::get<SetArp>(std::get<ChangeDevice>(actions_.back()).change), (SetArp{2, {}}));
}

TEST_F(VrrpCoreDevices, ARestartAsBackupDisablesWhatItFinds) {
  handle(LinkChanged{shielded_eth0()});
  handle(LinkChanged{holding()});
  handle(config_of({with_mac()}));
  const Lines begun = handle(Begin{});
  EXPECT_EQ(begun.at(begun.size() - 2), "disable vrrp.51");
  EXPECT_EQ(begun.back(), "remove 192.0.2.10/24 on 9");
}

TEST_F(VrrpCoreDevices, WhatAFormerConfigurationMadeIsRemoved) {
  handle(LinkChanged{shielded_eth0()});
  Link other = device();
  other.mac[5] = 52;
  handle(LinkChanged{other});
  EXPECT_EQ(handle(config_of({with_mac()})),
            (Lines{"remove vrrp.51", "set ARP of interface 2", "make vrrp.51"}));
  // Nothing is removed while nothing is known of what is wanted.
  VrrpCore fresh;
  EXPECT_TRUE(fresh.handle(LinkChanged{device()}, now_).empty());
}

TEST_F(VrrpCoreDevices, AStopRemovesTheDeviceWhenTheHeirIsKnown) {
  be_master();
  handle(LinkChanged{holding()});
  const Lines stop = handle(Stop{});
  EXPECT_EQ(stop[0], "advert from 198.51.100.1 on 9: vrid 51 priority 0");
  EXPECT_EQ(std::count(stop.begin(), stop.end(), "remove vrrp.51"), 0) << "it still answers";
  EXPECT_FALSE(core_.finished());
  EXPECT_EQ(receive(advert(100)), Lines{}) << "nor is the heir at work yet";
  EXPECT_EQ(wake_when_due(),
            (Lines{"remove 192.0.2.10/24 on 9", "remove vrrp.51", "set ARP of interface 2"}));
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreDevices, AStopBeforeTheBeginningRemovesItToo) {
  handle(LinkChanged{shielded_eth0()});
  handle(LinkChanged{device()});
  handle(config_of({with_mac()}));
  const Lines stop = handle(Stop{});
  EXPECT_EQ(stop, (Lines{"remove vrrp.51", "set ARP of interface 2"}));
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreDevices, TheBaseIsRestoredWithTheLastDeviceOnIt) {
  const InstanceConfig other = with_mac(instance("two", 52, "192.0.2.20/24"));
  handle(LinkChanged{eth0()});
  EXPECT_EQ(handle(config_of({with_mac(), other})), (Lines{"make vrrp.51", "make vrrp.52"}));
  handle(LinkChanged{device()});
  Link second = device();
  second.index = 10;
  second.name = "vrrp.52";
  second.mac[5] = 52;
  second.alias = "holdfast:two arp=0,0";
  EXPECT_EQ(handle(LinkChanged{second}), Lines{});
  handle(Begin{});
  const Lines first_goes = handle(config_of({other}));
  EXPECT_EQ(first_goes.back(), "remove vrrp.51");
  const Lines last_goes = handle(config_of({}));
  EXPECT_EQ(last_goes.at(last_goes.size() - 2), "remove vrrp.52");
  EXPECT_EQ(last_goes.back(), "set ARP of interface 2");
}

TEST_F(VrrpCoreDevices, ADeviceThatComesLaterKnowsWhatTheBaseWasLikeBeforeTheFirst) {
  be_backup();
  handle(config_of({with_mac(), with_mac(instance("two", 52, "192.0.2.20/24"))}));
  const auto& made = std::get<MakeDevice>(std::get<ChangeDevice>(actions_.at(0)).change);
  EXPECT_EQ(made.alias, "holdfast:two arp=0,0");
}

TEST_F(VrrpCoreDevices, ADeviceThatSomebodyRemovesComesBackWithoutAChangeOfRole) {
  be_master();
  handle(LinkChanged{holding()});
  now_ += 10s;
  EXPECT_EQ(handle(LinkGone{kDevice}),
            (Lines{"warning interface vrrp.51 was removed by somebody else", "make vrrp.51"}));
  Link again = device();
  again.index = 10;
  EXPECT_EQ(handle(LinkChanged{again}), (Lines{"enable vrrp.51", "add 192.0.2.10/24 on 10"}) +
                                            Lines{"info one: its addresses are on vrrp.51 now"} +
                                            burst("192.0.2.10", 10));
}

TEST_F(VrrpCoreDevices, ADeviceThatSomebodyDisablesIsEnabledAgain) {
  be_master();
  handle(LinkChanged{holding()});
  Link off = holding();
  off.up = off.enabled = false;
  EXPECT_EQ(handle(LinkChanged{off}), Lines{"enable vrrp.51"});
}

TEST_F(VrrpCoreDevices, SomebodyElsesInterfaceOfThatNameIsAFaultUntilItIsGone) {
  Link foreign = device();
  foreign.alias = "";
  handle(LinkChanged{eth0()});
  handle(LinkChanged{foreign});
  EXPECT_EQ(handle(config_of({with_mac()})), Lines{"make vrrp.51"});
  handle(DeviceRefused{"vrrp.51", "File exists"});
  EXPECT_EQ(handle(Begin{})[0],
            "info one: INIT -> FAULT, priority 100: the kernel refused vrrp.51: File exists");
  EXPECT_EQ(wake_when_due(), Lines{"make vrrp.51"}) << "another attempt, still in fault";
  handle(DeviceRefused{"vrrp.51", "File exists"});
  EXPECT_EQ(handle(LinkGone{kDevice}),
            (Lines{"make vrrp.51", "info one: FAULT -> BACKUP, priority 100: started",
                   "report one BACKUP 100 since 5.000 s: started"}));
}

TEST_F(VrrpCoreDevices, ADeviceFollowsItsBaseIntoAVrf) {
  Link vrf = eth1();
  vrf.index = 7;
  vrf.name = "red";
  vrf.kind = "vrf";
  be_backup();
  handle(LinkChanged{vrf});
  Link moved = shielded_eth0();
  moved.master = 7;
  const Lines lines = handle(LinkChanged{moved});
  EXPECT_EQ(lines, (Lines{"remove vrrp.51", "set ARP of interface 2", "make vrrp.51"}));
  const auto& made = std::get<MakeDevice>(std::get<ChangeDevice>(actions_.back()).change);
  EXPECT_EQ(made.spec.vrf, 7);
}

TEST_F(VrrpCoreDevices, APortOfABridgeTakesNoDeviceAlong) {
  Link bridge = eth1();
  bridge.index = 7;
  bridge.kind = "bridge";
  be_backup();
  handle(LinkChanged{bridge});
  Link port = shielded_eth0();
  port.master = 7;
  EXPECT_EQ(handle(LinkChanged{port}), Lines{});
}

TEST_F(VrrpCoreDevices, AReloadMovesTheAddressesOfAMasterOntoADevice) {
  be_active();
  now_ += 10s;
  EXPECT_EQ(handle(config_of({with_mac()})),
            (Lines{"make vrrp.51", "info one: new configuration", "remove 192.0.2.10/24 on 2"}));
  EXPECT_EQ(handle(LinkChanged{device()}),
            (Lines{"set ARP of interface 2", "enable vrrp.51", "add 192.0.2.10/24 on 9",
                   "info one: its addresses are on vrrp.51 now"}) +
                burst("192.0.2.10", kDevice));
  handle(LinkChanged{holding()});
  EXPECT_EQ(handle(config_of({instance()})),
            (Lines{"remove vrrp.51", "set ARP of interface 2", "info one: new configuration",
                   "add 192.0.2.10/24 on 2"}) +
                burst("192.0.2.10"));
}

}  // namespace
}  // namespace holdfast::vrrp
