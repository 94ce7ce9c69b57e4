// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

// What stands beside the instances, and what they track and tell.
namespace holdfast::importer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr const char* kScript =
    "vrrp_script nginx {\n script \"killall -0 nginx\"\n interval 2\n weight -20\n fall 3\n "
    "rise 2\n}\n";

TEST(ImportInstance, ANameIsOnlyOneInBracesOrBeforeASpace) {
  const std::string block =
      "vrrp_instance web {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n ";
  const Imported result = imported("$VIP=192.0.2.10\n" + block + "$VIP/24\n }\n}\n");
  EXPECT_TRUE(loaded(result).instances.empty());
  EXPECT_EQ(findings(result), (Texts{"2 reported vrrp_instance", "6 reported $VIP/24"}));
  EXPECT_EQ(loaded(imported("$VIP=192.0.2.10\n" + block + "${VIP}/24\n }\n}\n"))
                .instances.at(0)
                .addresses.size(),
            1U);
}

TEST(ImportGlobals, AnEmptyRouterIdNamesNothing) {
  for (const char* const line : {"router_id", "router_id \"\""}) {
    const Imported result = imported("global_defs {\n " + std::string(line) + "\n}\n");
    EXPECT_EQ(result.yaml.find("node"), std::string::npos) << result.yaml;
    EXPECT_EQ(findings(result), Texts{"2 reported router_id"});
  }
}

TEST(ImportTracks, Scripts) {
  const Imported result = imported(std::string(kScript) + instance("track_script {\n nginx\n}"));
  const Config config = loaded(result);
  ASSERT_EQ(config.checks.size(), 1U);
  const CheckConfig& check = config.checks[0];
  EXPECT_EQ(check.name, "nginx");
  const Command& command = std::get<ScriptCheck>(check.target).command;
  EXPECT_EQ(command.words, (Texts{"/usr/bin/killall", "-0", "nginx"}));
  EXPECT_EQ(command.user, "root");
  EXPECT_EQ(check.interval, seconds{2});
  EXPECT_EQ(check.timeout, seconds{2});
  EXPECT_EQ(check.fall, 3U);
  EXPECT_EQ(check.rise, 2U);
  EXPECT_EQ(config.instances[0].track_checks,
            (std::vector<TrackCheck>{{.check = "nginx", .weight = -20}}));
  EXPECT_EQ(findings(result), Texts{"2 note script"});  // that it is root's
}

TEST(ImportTracks, WhatTheTrackerSaysCounts) {
  const InstanceConfig web =
      loaded(std::string(kScript) + instance("track_script {\n nginx weight 5 reverse\n}"))
          .instances[0];
  EXPECT_EQ(web.track_checks,
            (std::vector<TrackCheck>{{.check = "nginx", .weight = 5, .reverse = true}}));
  EXPECT_EQ(loaded(std::string(kScript) + instance("track_script {\n nginx weight 0\n}"))
                .instances[0]
                .track_checks,
            (std::vector<TrackCheck>{{.check = "nginx", .weight = std::nullopt}}));
}

TEST(ImportTracks, ScriptsRunAsKeepalivedRunsThem) {
  const auto user_of = [](const std::string& text, const MemoryMachine& machine = {}) {
    return std::get<ScriptCheck>(loaded(text, machine).checks[0].target).command.user;
  };
  const std::string tracked = kScript + instance("track_script {\n nginx\n}");
  EXPECT_EQ(user_of(tracked, {.users = {"keepalived_script"}}), "keepalived_script");
  EXPECT_EQ(user_of("global_defs {\n script_user www\n}\n" + tracked), "www");
  EXPECT_EQ(user_of("global_defs {\n enable_script_security\n}\n" + tracked), "keepalived_script");
  EXPECT_EQ(user_of("vrrp_script a {\n script /bin/a\n user bob\n}\n" +
                    instance("track_script {\n a\n}")),
            "bob");
}

TEST(ImportTracks, ScriptsThatCannotBe) {
  const Imported gone =
      imported("vrrp_script a {\n script gone\n}\n" + instance("track_script {\n a\n b\n}"));
  EXPECT_TRUE(loaded(gone).checks.empty());
  EXPECT_EQ(findings(gone),
            (Texts{"2 reported script", "2 reported script", "8 reported a", "9 reported b"}));
  const Imported unused = imported(std::string(kScript) + instance(""));
  EXPECT_TRUE(loaded(unused).checks.empty());
  EXPECT_EQ(findings(unused), (Texts{"1 note vrrp_script", "2 note script"}));
}

TEST(ImportTracks, FilesAndProcesses) {
  const Config config = loaded(
      "track_file load {\n file \"/run/load\"\n weight -2\n}\nvrrp_track_process nginx {\n process "
      "nginx\n quorum 2\n delay 0.5\n}\nvrrp_track_process haproxy {\n process /usr/sbin/haproxy "
      "-f "
      "\"/etc/a b\"\n param_match partial\n weight 10\n}\n" +
      instance("track_file {\n load\n}\ntrack_process {\n nginx\n haproxy weight 20\n}"));
  ASSERT_EQ(config.checks.size(), 3U);
  EXPECT_EQ(std::get<FileCheck>(config.checks[0].target).path, "/run/load");
  EXPECT_EQ(std::get<ProcessCheck>(config.checks[1].target).command,
            (Texts{"/usr/sbin/haproxy", "-f", "/etc/a b"}));
  const auto& nginx = std::get<ProcessCheck>(config.checks[2].target);
  EXPECT_EQ(nginx.name, "nginx");
  EXPECT_EQ(nginx.min, 2U);
  EXPECT_EQ(nginx.fork_delay, milliseconds{500});
  EXPECT_EQ(config.instances[0].track_checks,
            (std::vector<TrackCheck>{{.check = "load", .weight = -2},
                                     {.check = "nginx", .weight = std::nullopt},
                                     {.check = "haproxy", .weight = 20}}));
}

TEST(ImportTracks, Interfaces) {
  const InstanceConfig web =
      loaded("interface_up_down_delays {\n eth0 0.5 1\n eth1 1\n}\n" +
             instance("track_interface {\n eth0\n eth1 weight -10\n eth2 weight 5 reverse\n}"))
          .instances[0];
  ASSERT_EQ(web.track_interfaces.size(), 3U);
  EXPECT_EQ(web.track_interfaces[0].down_delay, milliseconds{500});
  EXPECT_EQ(web.track_interfaces[0].up_delay, seconds{1});
  EXPECT_EQ(web.track_interfaces[1].weight, -10);
  EXPECT_EQ(web.track_interfaces[1].up_delay, seconds{1});
  EXPECT_TRUE(web.track_interfaces[2].reverse);
  EXPECT_TRUE(loaded_instance("track_interface {\n eth0\n}").track_interfaces.empty());
}

TEST(ImportGroups, MembersAndTheirWeights) {
  const std::string group =
      "vrrp_sync_group VG {\n group {\n web\n}\n track_interface {\n eth2\n}\n"
      " notify \"/bin/n a\" bob\n";
  const std::string member = instance("track_interface {\n eth1 weight 5\n eth3\n}");
  const Imported result = imported(group + "}\n" + member);
  Config config = loaded(result);
  ASSERT_EQ(config.sync_groups.size(), 1U);
  EXPECT_EQ(config.sync_groups[0].instances, Texts{"web"});
  ASSERT_EQ(config.instances[0].track_interfaces.size(), 2U);  // without eth1
  EXPECT_EQ(config.notify.groups["VG"].any->words, (Texts{"/bin/n", "a"}));
  EXPECT_EQ(config.notify.groups["VG"].any->user, "bob");
  EXPECT_EQ(findings(result), Texts{"14 note eth1"});
  config = loaded(group + "sync_group_tracking_weight\n}\n" + member);
  EXPECT_EQ(config.instances[0].track_interfaces.size(), 3U);
}

TEST(ImportNotify, EveryScript) {
  Config config =
      loaded(instance("notify_master \"/bin/n m 'x y'\" bob\nnotify_backup /bin/b\n"
                      "notify_fault /bin/f\nnotify_stop /bin/s\nnotify /bin/a\n"
                      "notify_master_rx_lower_pri \"/bin/n m 'x y'\"\n"
                      "notify_priority_changes off"));
  const NotifyScripts& web = config.notify.instances["web"];
  EXPECT_EQ(web.master->words, (Texts{"/bin/n", "m", "x y"}));
  EXPECT_EQ(web.master->user, "bob");
  EXPECT_EQ(web.backup->words, Texts{"/bin/b"});
  EXPECT_TRUE(web.fault && web.stop && web.any);
  EXPECT_EQ(findings(imported(instance("notify_master_rx_lower_pri /bin/x\n"
                                       "notify_priority_changes on"),
                              {.users = {"keepalived_script"}})),
            (Texts{"4 reported notify_master_rx_lower_pri", "5 reported notify_priority_changes"}));
}

TEST(ImportGlobals, NodeProcessAndFifo) {
  const Imported result = imported(
      "global_defs {\n router_id LVS MAIN\n router_id lb_1!x\n vrrp_startup_delay 2.5\n "
      "vrrp_no_swap\n"
      " vrrp_rt_priority 50\n vrrp_rlimit_rttime 20000\n vrrp_cpu_affinity 0 1\n"
      " vrrp_notify_fifo /run/fifo\n notification_email {\n a@example.com\n }\n}\n");
  const Loaded config = load_config(result.yaml, "result", "h");
  ASSERT_TRUE(config.ok()) << config.diagnostics[0].to_string() << result.yaml;
  EXPECT_EQ(config.config.node, "lb_1");
  EXPECT_EQ(config.config.start_delay, milliseconds{2500});
  EXPECT_EQ(config.config.notify.fifo, "/run/fifo");
  EXPECT_TRUE(config.vrrp_process.memory_locked);
  EXPECT_EQ(config.vrrp_process.real_time->priority, 50);
  EXPECT_EQ(config.vrrp_process.real_time->limit, milliseconds{20});
  EXPECT_EQ(config.vrrp_process.cpu_affinity.size(), 2U);
  EXPECT_EQ(findings(result),
            (Texts{"2 reported router_id", "3 reported comment", "10 note notification_email"}));
}

TEST(ImportStatic, AddressesRoutesAndRules) {
  const Config config = loaded(
      "global_defs {\n default_interface eth7\n}\nstatic_ipaddress {\n 192.0.2.1/24\n 192.0.2.2/24 "
      "dev "
      "eth1 scope link\n}\nstatic_routes {\n 198.51.100.0/24 via 192.0.2.254 dev eth1 metric 5\n"
      " blackhole 203.0.113.0/24\n}\nstatic_rules {\n from 192.0.2.0/24 table 100 preference "
      "900\n}\n");
  ASSERT_EQ(config.fixed.addresses.size(), 2U);
  EXPECT_EQ(config.fixed.addresses[0].device, "eth7");
  EXPECT_EQ(config.fixed.addresses[1].device, "eth1");
  EXPECT_EQ(config.fixed.routes.size(), 2U);
  EXPECT_EQ(config.fixed.rules.size(), 1U);
}

TEST(ImportRouting, OfAnInstance) {
  const Imported result = imported(instance(
      "virtual_routes {\n src 192.0.2.10 to 192.168.109.0/24 via 192.0.2.254 dev eth1 no_track\n"
      "192.168.110.0/24 mtu lock 1000 via 192.0.2.254\n192.168.111.0/24 via 192.0.2.1 or "
      "192.0.2.2\n"
      "0.0.0.0/0 gw 192.0.2.1 table 100\n192.168.112.0/24 nexthop via 192.0.2.1 weight 1 nexthop "
      "via "
      "192.0.2.2 weight 2\n192.168.113.0/24 table small via 192.0.2.1\n}\n"
      "virtual_rules {\n from 192.0.2.0/24 table 1 preference 50\n to 192.0.2.0/24 table 1\n"
      "from 192.0.2.9 uidrange 1-2 table 1\n}"));
  const InstanceConfig web = loaded(result).instances[0];
  EXPECT_EQ(web.virtual_routes.size(), 4U);
  ASSERT_EQ(web.virtual_rules.size(), 2U);
  EXPECT_EQ(findings(result), (Texts{"6 reported 192.168.110.0/24", "6 reported 192.168.110.0/24",
                                     "7 reported 192.168.111.0/24", "10 reported 192.168.113.0/24",
                                     "14 reported to", "15 reported from"}));
}

}  // namespace
}  // namespace holdfast::importer
