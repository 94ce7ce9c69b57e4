// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

// Announcements, what is tracked with delays and reversed, and how an instance begins.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

AnnounceConfig announce_of(const std::string& lines) {
  return config_of(instance_with(lines)).instances.at(0).announce;
}

TEST(LoadAnnounce, DefaultsAreKeepalived) {
  const AnnounceConfig announce = announce_of("");
  EXPECT_EQ(announce.repeat, 5);
  EXPECT_EQ(announce.delay, seconds{5});
  EXPECT_EQ(announce.second_repeat(), 5);
  EXPECT_EQ(announce.refresh, Duration{0});
  EXPECT_EQ(announce.refresh_repeat, 1);
  EXPECT_EQ(announce.correcting_repeat(), 5);
  EXPECT_EQ(announce.correcting_delay(), seconds{5});
}

TEST(LoadAnnounce, EveryKeyOfAnInstance) {
  AnnounceConfig wanted;
  wanted.repeat = 1;
  wanted.delay = hours{1};
  wanted.delay_repeat = 100;
  wanted.refresh = hours{24};
  wanted.refresh_repeat = 2;
  wanted.lower_priority_repeat = 0;
  wanted.lower_priority_delay = milliseconds{250};
  EXPECT_EQ(announce_of("      announce: {repeat: 1, delay: 1h, delay_repeat: 100, refresh: 24h, "
                        "refresh_repeat: 2, lower_priority: {repeat: 0, delay: 250ms}}\n"),
            wanted);
}

TEST(LoadAnnounce, WhatIsNotSaidFollowsWhatIs) {
  const AnnounceConfig announce = announce_of("      announce: {repeat: 2, delay: 1s}\n");
  EXPECT_EQ(announce.second_repeat(), 2);
  EXPECT_EQ(announce.correcting_repeat(), 2);
  EXPECT_EQ(announce.correcting_delay(), seconds{1});
}

TEST(LoadAnnounce, TheDefaultOfAllIsOverruledKeyByKey) {
  const Config config = config_of(R"(version: 1
vrrp:
  announce: {repeat: 2, delay: 0s, refresh: 1m, arp_interval: 1ms, na_interval: 0.5ms}
  announce_groups:
    - {interfaces: [eth0, eth1], arp_interval: 10s}
    - {interfaces: [eth2], na_interval: 0s}
  instances:
    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1/8]}
    - {name: b, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2/8],
       announce: {repeat: 3}}
)");
  AnnounceConfig wanted;
  wanted.repeat = 2;
  wanted.delay = Duration{0};
  wanted.refresh = seconds{60};
  EXPECT_EQ(config.instances.at(0).announce, wanted);
  wanted.repeat = 3;
  EXPECT_EQ(config.instances.at(1).announce, wanted);
  const AnnounceGap gap{milliseconds{1}, microseconds{500}};
  EXPECT_EQ(config.announce_limits,
            (AnnounceLimits{gap,
                            {{{"eth0", "eth1"}, {seconds{10}, microseconds{500}}},
                             {{"eth2"}, {milliseconds{1}, Duration{0}}}}}));
}

TEST(LoadAnnounce, WhatIsOutOfRangeIsRefused) {
  EXPECT_EQ(faults_of(instance_with("      announce: {repeat: 0, delay: 61m, refresh: 500ms, "
                                    "delay_repeat: 101, arp_interval: 1ms}\n")),
            (Texts{"f:8:26: repeat: found '0', expected a whole number from 1 to 100",
                   "f:8:36: delay: found '61m', expected a time from 0s to 1h",
                   "f:8:50: refresh: found '500ms', expected 0s (none), or a time from 1s to 24h",
                   "f:8:71: delay_repeat: found '101', expected a whole number from 1 to 100",
                   "f:8:76: unknown key 'arp_interval' in announce, expected one of repeat, delay, "
                   "delay_repeat, refresh, refresh_repeat or lower_priority"}));
}

TEST(LoadAnnounce, AnInterfaceIsInOneGroup) {
  EXPECT_EQ(
      faults_of("version: 1\nvrrp:\n  announce: {na_interval: 11s}\n  announce_groups:\n"
                "    - {interfaces: [eth0, eth0]}\n    - {interfaces: [eth0, e/2]}\n"
                "    - {arp_interval: 1ms}\n"),
      (Texts{"f:3:27: na_interval: found '11s', expected a time from 0s to 10s",
             "f:5:27: interfaces: 'eth0' is in an announce group already",
             "f:6:21: interfaces: 'eth0' is in an announce group already",
             "f:6:27: interfaces: found 'e/2', expected the name of a network interface: 1 to "
             "15 characters without '/', ':' or blanks",
             "f:7:7: an announce group lacks the key 'interfaces'"}));
}

// ---- What is tracked.

TEST(LoadTrack, DelaysReverseAndAddresses) {
  const Config config = config_of(instance_with(R"(      track:
        - {interface: eth1, up_delay: 2s, down_delay: 500ms, weight: -5, reverse: true}
        - {interface: eth2, down_delay: 255s}
        - {address: 203.0.113.1}
        - {address: 2001:db8::1, interface: eth1, weight: 10}
        - {check: a, weight: 3, reverse: true}
checks: [{name: a, tcp: 192.0.2.1:80}]
)"));
  const InstanceConfig& web = config.instances.at(0);
  EXPECT_EQ(web.track_interfaces,
            (std::vector<TrackInterface>{{"eth1", -5, true, seconds{2}, milliseconds{500}},
                                         {"eth2", {}, false, seconds{255}, seconds{255}}}));
  EXPECT_EQ(web.track_addresses,
            (std::vector<TrackAddress>{{*IpAddress::parse("203.0.113.1"), "", {}},
                                       {*IpAddress::parse("2001:db8::1"), "eth1", 10}}));
  EXPECT_EQ(web.track_checks, (std::vector<TrackCheck>{{"a", 3, true}}));
}

TEST(LoadTrack, OnlyAnInterfaceHasDelays) {
  EXPECT_EQ(
      faults_of(instance_with("      track: [{address: 10.0.0.1, interface: a, up_delay: 1s}]\n")),
      Texts{"f:8:59: up_delay: only an interface has one"});
  EXPECT_EQ(faults_of(instance_with("      track: [{interface: a, up_delay: 256s}]\n")),
            Texts{"f:8:40: up_delay: found '256s', expected a time from 0s to 255s"});
}

TEST(LoadTrack, AnAddressOnceAndNotTheInstancesOwn) {
  EXPECT_EQ(faults_of(instance_with("      track: [{address: 192.0.2.10}, {address: 10.0.0.1}, "
                                    "{address: 10.0.0.1}, {address: 10.0.0.1, interface: a}]\n")),
            (Texts{"f:8:25: address: '192.0.2.10' is the instance's own, which comes and goes with "
                   "its state",
                   "f:8:69: address: '10.0.0.1' is tracked already, at line 8, column 48"}));
}

TEST(LoadTrack, ADelayOfItsOwnInterfaceEndsBeforeAPeerMissesIt) {
  const std::string own = "      track: [{interface: eth0, down_delay: 2s}]\n";
  EXPECT_EQ(faults_of(instance_with(own)),
            Texts{"f:8:45: down_delay: found '2s', expected less than 2s: for longer, a peer takes "
                  "the silence of 'eth0' for the end of this router"});
  config_of(instance_with(own + "      down_timer_adverts: 4\n"));
  config_of(instance_with("      track: [{interface: eth0, down_delay: 1.999s}]\n"));
}

TEST(LoadTrack, AnOwnerTracksAddressesWithoutAWeight) {
  EXPECT_EQ(faults_of(instance_with("      priority: 255\n"
                                    "      track: [{address: 10.0.0.1, weight: 1}]\n"))
                .size(),
            1U);
}

// ---- How an instance begins.

TEST(LoadStart, EveryKey) {
  const Config config = config_of(R"(version: 1
vrrp:
  start_delay: 5.5s
  instances:
    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1/8],
       initial_state: master, down_timer_adverts: 100}
    - {name: b, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2/8],
       initial_state: backup, down_timer_adverts: 1}
    - {name: c, interface: eth0, virtual_router_id: 3, addresses: [10.0.0.3/8]}
)");
  EXPECT_EQ(config.start_delay, milliseconds{5500});
  EXPECT_TRUE(config.instances.at(0).initial_master);
  EXPECT_EQ(config.instances.at(0).down_timer_adverts, 100);
  EXPECT_FALSE(config.instances.at(1).initial_master);
  EXPECT_EQ(config.instances.at(1).down_timer_adverts, 1);
  EXPECT_FALSE(config.instances.at(2).initial_master);
  EXPECT_EQ(config.instances.at(2).down_timer_adverts, 3);
}

TEST(LoadStart, WhatIsOutOfRangeIsRefused) {
  EXPECT_EQ(faults_of(instance_with("      initial_state: MASTER\n      down_timer_adverts: 101\n"
                                    "  start_delay: 61m\n")),
            (Texts{"f:8:22: initial_state: found 'MASTER', expected backup or master",
                   "f:9:27: down_timer_adverts: found '101', expected a whole number from 1 to 100",
                   "f:10:16: start_delay: found '61m', expected a time from 0s to 1h"}));
}

TEST(LoadLifetime, OfAnInstanceOrOfAll) {
  const Config config = config_of(R"(version: 1
vrrp:
  address_lifetime: 5s
  instances:
    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1/8]}
    - {name: b, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2/8],
       address_lifetime: off}
    - {name: c, interface: eth0, virtual_router_id: 3, addresses: [10.0.0.3/8],
       address_lifetime: auto}
)");
  EXPECT_EQ(config.instances.at(0).address_lifetime, Duration{std::chrono::seconds{5}});
  EXPECT_EQ(config.instances.at(1).address_lifetime, Duration{0});
  EXPECT_EQ(config.instances.at(2).address_lifetime, std::nullopt);
}

TEST(LoadLifetime, InWholeSecondsAndLongerThanAnInterval) {
  const std::string what = ", expected auto, off or whole seconds from 1s to 1h";
  EXPECT_EQ(faults_of(instance_with("      address_lifetime: 1500ms\n")),
            Texts{"f:8:25: address_lifetime: found '1500ms'" + what});
  EXPECT_EQ(faults_of(instance_with("      address_lifetime: 61m\n")),
            Texts{"f:8:25: address_lifetime: found '61m'" + what});
  EXPECT_EQ(faults_of(instance_with("      address_lifetime: 2\n")),
            Texts{"f:8:25: address_lifetime: found '2'" + what + ": add a unit, as in 2s"});
  EXPECT_EQ(faults_of(instance_with("      address_lifetime: 1s\n")),
            Texts{"f:8:25: address_lifetime: found '1s', expected more than the 1s between two "
                  "adverts, with which addresses are renewed"});
}

TEST(LoadStart, AnInitialMasterPreempts) {
  for (const char* preempt : {"false", "{delay: 1s}"}) {
    EXPECT_EQ(faults_of(instance_with(
                  "      initial_state: master\n      preempt: " + std::string(preempt) + "\n")),
              Texts{"f:8:22: initial_state: master takes over at once, but preempt says not to, "
                    "expected backup"});
  }
}

TEST(LoadStart, AnOwnerBeginsAsMaster) {
  config_of(instance_with("      priority: 255\n      initial_state: master\n"));
  EXPECT_EQ(faults_of(instance_with("      priority: 255\n      initial_state: backup\n")),
            Texts{"f:9:22: initial_state: the owner of the addresses (priority 255) begins as "
                  "master, expected master, or a priority below 255"});
}

}  // namespace
}  // namespace holdfast
