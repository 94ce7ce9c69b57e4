// SPDX-License-Identifier: Apache-2.0
#include "config/warnings.h"

#include <gtest/gtest.h>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

Texts warnings_in(std::string_view document) {
  const Loaded loaded = load_config(document, "f", "host");
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{}) << document;
  return texts_of(loaded.warnings);
}

std::string pair_of(const std::string& first, const std::string& second) {
  return "version: 1\nvrrp:\n  instances:\n"
         "    - {name: a, interface: e, virtual_router_id: 1, addresses: [192.0.2.1/24]" +
         first +
         "}\n    - {name: b, interface: e, virtual_router_id: 2, addresses: [192.0.2.2/24]" +
         second + "}\n  sync_groups: [{name: g, instances: [a, b]}]\n";
}

TEST(Warnings, MembersOfASyncGroupAreAlike) {
  EXPECT_EQ(warnings_in(pair_of("", "")), Texts{});
  EXPECT_EQ(warnings_in(pair_of(", priority: 150", "")),
            Texts{"f:5:14: warning: 'b' has priority 100, and 'a' in the same sync group 'g' has "
                  "150: give the members the same [sync-group-unequal]"});
  EXPECT_EQ(warnings_in(pair_of("", ", advert_interval: 100ms, preempt: false")),
            (Texts{"f:5:14: warning: 'b' has advert_interval 100ms, and 'a' in the same sync group "
                   "'g' has 1s: give the members the same [sync-group-unequal]",
                   "f:5:14: warning: 'b' has preempt false, and 'a' in the same sync group 'g' has "
                   "true: give the members the same [sync-group-unequal]"}));
}

TEST(Warnings, ChecksAreOfUse) {
  const std::string checks =
      "checks: [{name: spare, tcp: 192.0.2.9:80}, {name: app, tcp: 192.0.2.9:81}]\n";
  EXPECT_EQ(warnings_in(instance_with("      track: [{check: app}]\n" + checks)),
            Texts{"f:9:17: warning: nothing tracks the check 'spare', and no server is checked by "
                  "it [check-unused]"});
  EXPECT_EQ(warnings_in("version: 1\n" + checks +
                        "virtual_servers: [{name: v, address: 192.0.2.1:80, checks: [app, spare], "
                        "real_servers: [{address: 192.0.2.5:80}]}]\n"),
            Texts{});
}

TEST(Warnings, WeightsStayInTheRangeOfPriorities) {
  EXPECT_EQ(
      warnings_in(instance_with("      priority: 200\n"
                                "      track: [{interface: e1, weight: 30}, "
                                "{interface: e2, weight: 24}, {interface: e3, weight: -90}]\n")),
      Texts{});
  EXPECT_EQ(warnings_in(instance_with("      priority: 200\n"
                                      "      track: [{interface: e1, weight: 30}, "
                                      "{interface: e2, weight: -25, reverse: true}]\n")),
            Texts{"f:4:13: warning: priority 200 of 'web' and its weights reach 255, which counts "
                  "as 254: two nodes may reach it alike [priority-over-254]"});
}

Texts warnings_of_fleet(const std::string& base, const std::string& own) {
  return warnings_in(
      "version: 1\nvariables: {net: eth0}\nvrrp:\n  instances:\n    - name: web\n"
      "      interface: ${net}\n      virtual_router_id: 1\n      addresses: [192.0.2.1/24]\n" +
      base + "nodes:\n  host: {vrrp: {instances: [{name: web" + own + "}]}}\n");
}

TEST(Warnings, WhatEveryOverlayReplacesIsJudged) {
  const std::string others = "; this node replaces it, others may not [replaced-value]";
  EXPECT_EQ(warnings_of_fleet("      priority: 999\n      advert_interval: fast\n",
                              ", priority: 150, advert_interval: 1s"),
            (Texts{"f:9:17: warning: priority: found '999', expected a whole number from 1 to 255" +
                       others,
                   "f:10:24: warning: advert_interval: found 'fast', expected a time from 10ms to "
                   "255s" +
                       others}));
  EXPECT_EQ(
      warnings_of_fleet("      track: [{interfaec: eth1}, {interface: eth2, weight: 900}]\n"
                        "      preempt: {delya: 1s}\n",
                        ", track: [{interface: eth1}], preempt: false"),
      (Texts{
          "f:9:16: warning: unknown key 'interfaec' in a track entry, did you mean "
          "'interface'?" +
              others,
          "f:9:60: warning: weight: found '900', expected a whole number from -253 to 253" + others,
          "f:10:17: warning: unknown key 'delya' in preempt, did you mean 'delay'?" + others}));
}

TEST(Warnings, WhatIsReplacedMayBeRightElsewhere) {
  EXPECT_EQ(warnings_of_fleet("      priority: 100\n      advert_interval: 500ms\n"
                              "      preempt: {delay: 30s}\n      multicast_group: ${nowhere}\n"
                              "      source_address: 192.0.2.7\n",
                              ", priority: 150, advert_interval: 1s, preempt: false, "
                              "multicast_group: 224.0.0.19, source_address: 192.0.2.8"),
            Texts{});
}

TEST(Warnings, TextsThatAreReplacedAreJudgedByTheirReaders) {
  const std::string others = "; this node replaces it, others may not [replaced-value]";
  EXPECT_EQ(warnings_of_fleet("      source_address: x y\n      multicast_group: 192.0.2.1\n"
                              "      allowed_sources: [192.0.2.1/24]\n",
                              ", source_address: 192.0.2.8, multicast_group: 224.0.0.19, "
                              "allowed_sources: [192.0.2.0/24]"),
            (Texts{"f:9:23: warning: source_address: found 'x y', expected an IP address, such as "
                   "192.0.2.1 or fe80::1" +
                       others,
                   "f:10:24: warning: multicast_group: found '192.0.2.1', expected a multicast "
                   "address, such as 224.0.0.18 or ff02::12" +
                       others,
                   "f:11:25: warning: allowed_sources: found '192.0.2.1/24', expected a network, "
                   "such as 192.0.2.0/24 or 2001:db8::/64" +
                       others}));
  EXPECT_EQ(warnings_of_fleet("      source_address: ${net}\n", ", source_address: 192.0.2.8"),
            Texts{"f:9:23: warning: source_address: found 'eth0', expected an IP address, such as "
                  "192.0.2.1 or fe80::1" +
                  others});
}

TEST(Warnings, APasswordThatIsReplacedIsNotShown) {
  const Texts found =
      warnings_of_fleet("      version: 2\n      authentication: {password: far too long}\n",
                        ", authentication: {password: short}");
  const std::string others = "; this node replaces it, others may not [replaced-value]";
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0],
            "f:10:34: warning: password: found 12 bytes, expected 1 to 8 printable "
            "characters" +
                others);
}

}  // namespace
}  // namespace holdfast
