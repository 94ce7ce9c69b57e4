// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

namespace holdfast::importer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

TEST(ImportInstance, DefaultsAreThoseOfKeepalived) {
  const InstanceConfig web = loaded_instance("");
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.interface, "eth0");
  EXPECT_EQ(web.version, VrrpVersion::k2);
  EXPECT_EQ(web.priority, Priority{100});
  EXPECT_EQ(web.advert_interval, seconds{1});
  EXPECT_TRUE(web.preempt);
  EXPECT_EQ(web.announce, AnnounceConfig{});
  EXPECT_EQ(loaded_instance("", "fe80::1/64").version, VrrpVersion::k3);
}

TEST(ImportInstance, VersionAndInterval) {
  EXPECT_EQ(loaded_instance("version 3\nadvert_int 0.25").advert_interval, milliseconds{250});
  EXPECT_EQ(loaded_instance("advert_int 3").advert_interval, seconds{3});
  const Imported rounded = imported(instance("advert_int 1.4"));
  EXPECT_EQ(findings(rounded), Texts{"4 reported advert_int"});
  EXPECT_EQ(loaded(rounded).instances[0].advert_interval, seconds{1});
  const Config global = loaded("global_defs {\n vrrp_version 3\n vrrp_down_timer_adverts 4\n}\n" +
                               instance("v3_checksum_as_v2"));
  EXPECT_EQ(global.instances[0].version, VrrpVersion::k3);
  EXPECT_EQ(global.instances[0].down_timer_adverts, 4);
  EXPECT_EQ(global.instances[0].checksum, ChecksumForm::kMessageOnly);
}

TEST(ImportInstance, Preemption) {
  EXPECT_FALSE(loaded_instance("nopreempt\nstate BACKUP").preempt);
  EXPECT_TRUE(loaded_instance("nopreempt\nstate MASTER").preempt);
  EXPECT_EQ(loaded_instance("preempt_delay 4.5").preempt_delay, milliseconds{4500});
  EXPECT_EQ(loaded_instance("preempt_delay 4\nstate MASTER").preempt_delay, seconds{0});
  EXPECT_TRUE(loaded_instance("nopreempt\npriority 255").preempt);
  EXPECT_FALSE(loaded_instance("state MASTER\npriority 150").initial_master);
  EXPECT_EQ(loaded_instance("state MASTER").priority, Priority{255});
}

TEST(ImportInstance, Unicast) {
  const InstanceConfig web = loaded_instance(
      "unicast_src_ip 192.0.2.1\nunicast_ttl 64\nunicast_peer {\n192.0.2.2\n192.0.2.3 min_ttl 250 "
      "max_ttl 254\n}\ncheck_unicast_src");
  ASSERT_TRUE(web.unicast);
  EXPECT_EQ(web.unicast->ttl, 64);
  ASSERT_EQ(web.unicast->peers.size(), 2U);
  EXPECT_EQ(web.unicast->peers[0].min_ttl, 0);  // keepalived does not look
  EXPECT_EQ(web.unicast->peers[1].min_ttl, 250);
  EXPECT_EQ(web.unicast->peers[1].max_ttl, 254);
  EXPECT_EQ(web.source_address, *IpAddress::parse("192.0.2.1"));
}

TEST(ImportInstance, Multicast) {
  EXPECT_EQ(loaded_instance("mcast_dst_ip 224.0.0.19").group(), *IpAddress::parse("224.0.0.19"));
  const Config config = loaded("global_defs {\n vrrp_mcast_group4 224.0.0.20\n}\n" + instance(""));
  EXPECT_EQ(config.instances[0].group(), *IpAddress::parse("224.0.0.20"));
}

TEST(ImportInstance, VirtualDevices) {
  EXPECT_EQ(loaded_instance("use_vmac").device(), "vrrp.51");
  const InstanceConfig base = loaded_instance("use_vmac vip51\nvmac_xmit_base");
  EXPECT_EQ(base.device(), "vip51");
  EXPECT_TRUE(base.virtual_device->adverts_from_base);
  EXPECT_EQ(loaded_instance("use_ipvlan name ipv51").virtual_device->kind,
            VirtualDevice::Kind::kIpvlan);
  const Config prefixed = loaded("global_defs {\n vmac_prefix vip\n}\n" + instance("use_vmac"));
  EXPECT_EQ(prefixed.instances[0].device(), "vip.51");
  EXPECT_EQ(findings(imported(instance("use_vmac vip 02:00:00:00:00:01"))),
            Texts{"4 reported use_vmac"});
}

// keepalived takes a brace for one only at the end of a line, and reads no word after the type.
TEST(ImportInstance, WordsThatNobodyReadsAreReported) {
  const Imported crowded = imported(instance(
      "authentication {\nauth_type PASS auth_pass s3cr3t\n}\npriority 150 160\nnopreempt on"));
  EXPECT_EQ(findings(crowded),
            (Texts{"5 reported auth_type", "7 reported priority", "8 reported nopreempt"}));
  EXPECT_EQ(report_text(crowded).find("s3cr3t"), std::string::npos);
  EXPECT_EQ(loaded(crowded).instances[0].priority.value, 150);
}

TEST(ImportInstance, Passwords) {
  EXPECT_EQ(loaded_instance("authentication {\nauth_type PASS\nauth_pass s3cr3t\n}").password,
            "s3cr3t");
  const Imported longer =
      imported(instance("authentication {\nauth_type PASS\nauth_pass secret-words\n}"));
  EXPECT_EQ(loaded(longer).instances[0].password, "secret-w");
  EXPECT_EQ(report_text(longer).find("secret"), std::string::npos);
  EXPECT_EQ(report_json(longer).find("secret"), std::string::npos);
  const Imported withdrawn =
      imported(instance("authentication {\nauth_type AH\nauth_pass secret\n}"));
  EXPECT_EQ(loaded(withdrawn).instances[0].password, "");
  const Imported cut = imported(instance("authentication {\nauth_type PASS\nauth_pass k@l!ve1\n}"));
  EXPECT_EQ(loaded(cut).instances[0].password, "k@l");
  EXPECT_EQ(cut.yaml.find("ve1"), std::string::npos);
  EXPECT_EQ(findings(cut), Texts{"6 reported comment"});
  EXPECT_EQ(findings(withdrawn), (Texts{"5 reported auth_type", "6 reported auth_pass"}));
  const Imported version3 =
      imported(instance("version 3\nauthentication {\nauth_type PASS\nauth_pass secret\n}"));
  EXPECT_EQ(loaded(version3).instances[0].password, "");
  const Imported keys = imported(instance("auth_hmac {\nkey 1 hex:0011\nmode enforce\n}"));
  EXPECT_EQ(keys.reported, 3);
  EXPECT_EQ(keys.yaml.find("0011"), std::string::npos);
  EXPECT_EQ(report_text(keys).find("0011"), std::string::npos);
}

TEST(ImportInstance, Addresses) {
  const InstanceConfig web = loaded_instance(
      "virtual_ipaddress_excluded {\n2001:db8::1/64 dev eth1 no_track\n10.0.0.1 peer "
      "10.0.0.2/24\n}",
      "192.0.2.10/24 brd + label eth0:web\n192.0.2.11/24 dev eth0 scope link\n198.51.100.1");
  ASSERT_EQ(web.addresses.size(), 3U);
  EXPECT_EQ(web.addresses[0].traits.label, "eth0:web");
  EXPECT_EQ(web.addresses[0].traits.broadcast, *IpAddress::parse("192.0.2.255"));
  EXPECT_EQ(web.addresses[1].device, "");
  EXPECT_EQ(web.addresses[1].traits.scope, 253);
  EXPECT_EQ(web.addresses[2].length, 32);
  ASSERT_EQ(web.excluded_addresses.size(), 2U);
  EXPECT_EQ(web.excluded_addresses[0].device, "eth1");
  EXPECT_FALSE(web.excluded_addresses[0].track);
  EXPECT_EQ(web.excluded_addresses[1].length, 24);
  // On one line, keepalived takes the first only.
  const Imported line = imported(instance("", "192.0.2.1 192.0.2.2"));
  EXPECT_EQ(loaded(line).instances[0].addresses.size(), 1U);
  EXPECT_EQ(findings(line), Texts{"6 reported 192.0.2.1"});
}

TEST(ImportInstance, OptionsOfAddressesThatHoldfastHasNot) {
  const Imported result = imported(instance(
      "",
      "192.0.2.10/24 home preferred_lft 0\n2001:db8::1\n192.0.2.11 label toolongalabel:web\n"
      "192.0.2.12 colour red"));
  EXPECT_EQ(loaded(result).instances[0].addresses.size(), 3U);
  EXPECT_EQ(findings(result),
            (Texts{"6 reported 192.0.2.10/24", "6 reported 192.0.2.10/24", "7 reported 2001:db8::1",
                   "8 reported 192.0.2.11", "9 reported 192.0.2.12", "9 reported 192.0.2.12"}));
}

TEST(ImportInstance, Announcements) {
  const InstanceConfig web = loaded_instance(
      "garp_master_repeat 2\ngarp_master_delay 0\ngarp_master_refresh 60\n"
      "garp_master_refresh_repeat 3\ngarp_lower_prio_repeat 0\ngarp_lower_prio_delay 1");
  EXPECT_EQ(web.announce.repeat, 2);
  EXPECT_EQ(web.announce.delay, seconds{0});
  EXPECT_EQ(web.announce.refresh, seconds{60});
  EXPECT_EQ(web.announce.refresh_repeat, 3);
  EXPECT_EQ(web.announce.lower_priority_repeat, 0);
  EXPECT_EQ(web.announce.lower_priority_delay, seconds{1});
  const Config least = loaded("global_defs {\n vrrp_min_garp\n vrrp_garp_interval 0.001\n}\n" +
                              std::string("garp_group {\n interfaces {\n eth0\n eth1\n }\n "
                                          "gna_interval 0.5\n}\n") +
                              instance(""));
  EXPECT_EQ(least.instances[0].announce.repeat, 1);
  EXPECT_EQ(least.instances[0].announce.delay, seconds{0});
  EXPECT_EQ(least.announce_limits.gap.arp, milliseconds{1});
  EXPECT_EQ(least.announce_limits.groups[0].interfaces, (Texts{"eth0", "eth1"}));
  EXPECT_EQ(least.announce_limits.groups[0].gap.na, milliseconds{500});
}

TEST(ImportInstance, AcceptMode) {
  EXPECT_TRUE(loaded_instance("").accept);
  EXPECT_FALSE(loaded_instance("no_accept").accept);
  EXPECT_TRUE(loaded_instance("no_accept\npriority 255").accept);
  EXPECT_FALSE(loaded_instance("strict_mode on").accept);
  EXPECT_TRUE(loaded_instance("strict_mode on\naccept").accept);
  EXPECT_TRUE(
      loaded("global_defs {\nvrrp_strict\n}\n" + instance("strict_mode off")).instances[0].accept);
}

TEST(ImportInstance, WhatIsLeftOutIsReportedWhole) {
  const Imported result =
      imported("vrrp_instance a {\n virtual_router_id 1\n priority 5\n}\n" +
               instance("dont_track_primary\npriority 1\npriority 2\nprority 3"));
  EXPECT_EQ(findings(result), (Texts{"1 reported vrrp_instance", "8 reported dont_track_primary",
                                     "9 reported priority", "11 unknown prority"}));
  EXPECT_EQ(result.reported, 5);
  EXPECT_EQ(result.unknown, 1);
  EXPECT_EQ(result.translated, 5);  // the instance, interface, its VRID, priority 2, addresses
  EXPECT_EQ(loaded(result).instances[0].priority, Priority{2});
}

TEST(ImportInstance, ASlipInWhatIsLeftOutIsNamed) {
  const Imported result = imported(
      "vrrp_instance a {\n interfac eth0\n virtual_router_id 1\n virtual_ipaddress {\n"
      " 192.0.2.1\n }\n}\n");
  EXPECT_EQ(findings(result), (Texts{"1 reported vrrp_instance", "2 unknown interfac"}));
  EXPECT_NE(report_text(result).find("keepalived 2.3 has no such directive here, did you mean "
                                     "'interface'?"),
            std::string::npos)
      << report_text(result);
  EXPECT_EQ(result.reported, 5);  // counted once, with its block
}

TEST(ImportInstance, WhatKeepalivedTakesForSomethingElse) {
  const Imported result =
      imported(instance("state MASTR\nauthentication {\nauth_type PAS\nauth_pass secret\n}\n"
                        "notify_master \"/bin/true"));
  Texts kinds;
  for (const std::string& one : findings(result)) {
    if (one.find("reported") != std::string::npos) kinds.push_back(one.substr(one.find(' ') + 1));
  }
  EXPECT_EQ(kinds, (Texts{"reported state", "reported auth_type", "reported auth_pass",
                          "reported notify_master"}));
}

TEST(ImportInstance, CommentsAreKept) {
  const Imported result = imported(
      "# the web\n" +
      instance("# first\npriority 150 # why\n# of nothing\ndont_track_primary\n# the end") +
      "# after all\n");
  for (const char* text : {"  # the web\n", "# first\n", "# why\n", "# of nothing\n", "# the end\n",
                           "# after all\n"}) {
    EXPECT_NE(result.yaml.find(text), std::string::npos) << text << result.yaml;
  }
  loaded(result);
}

}  // namespace
}  // namespace holdfast::importer
