// SPDX-License-Identifier: Apache-2.0
#include "ctl/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::ctl {
namespace {

using Changes = std::vector<PlannedChange>;

std::string with(const std::string& instance, const std::string& more = "") {
  return "version: 1\nvrrp:\n  instances:\n    - {name: web, interface: eth0, "
         "virtual_router_id: 51, addresses: [192.0.2.10/24, 192.0.2.11/24]" +
         instance + "}\n" + more;
}

const std::string kApart =
    "nodes that differ in it refuse each other's adverts, so that until all have it, two may be "
    "MASTER";

TEST(Plan, NothingChanges) {
  EXPECT_EQ(plan(with(""), with(""), "n"), Changes{});
  EXPECT_EQ(plan_text({}), "Nothing changes.\n");
}

TEST(Plan, ValuesOfAnInstance) {
  const Changes changes = plan(with(", priority: 100"), with(", priority: 150, accept: true"), "n");
  EXPECT_EQ(
      changes,
      (Changes{{"vrrp: instances: web: priority: 100 -> 150", "the MASTER may become another"},
               {"vrrp: instances: web: accept: added, true", ""}}));
  EXPECT_EQ(plan_text(changes),
            "2 changes, 1 of which may interrupt something:\n"
            "  vrrp: instances: web: priority: 100 -> 150\n"
            "      interrupts: the MASTER may become another\n"
            "  vrrp: instances: web: accept: added, true\n");
}

TEST(Plan, AnotherRouterOnTheWireBeginsAnew) {
  std::string other = with("");
  other.replace(other.find("51"), 2, "52");
  EXPECT_EQ(plan(with(""), other, "n"),
            (Changes{{"vrrp: instances: web: virtual_router_id: 51 -> 52",
                      "it begins anew: if it is MASTER here, a hand-over of 192.0.2.10, "
                      "192.0.2.11; " +
                          kApart}}));
}

TEST(Plan, AddressesThatGo) {
  std::string other = with("");
  other.replace(other.find(", 192.0.2.11/24"), 15, ", 192.0.2.12/24");
  EXPECT_EQ(plan(with(""), other, "n"),
            (Changes{{"vrrp: instances: web: addresses: [192.0.2.10/24, 192.0.2.11/24] -> "
                      "[192.0.2.10/24, 192.0.2.12/24]",
                      "connections to 192.0.2.11; " + kApart}}));
}

TEST(Plan, AnAddressMoreIsRefusedUntilAllHaveIt) {
  std::string other = with("");
  other.replace(other.find("/24, 192.0.2.11/24"), 18, "/32, 192.0.2.11/24, 192.0.2.12/24");
  ASSERT_EQ(plan(with(""), other, "n").size(), 1U);
  EXPECT_EQ(plan(with(""), other, "n")[0].interrupts, kApart);
  // Their lengths, and those beside them, are no part of an advert.
  other = with("");
  other.replace(other.find("/24, "), 5, "/32, ");
  EXPECT_EQ(plan(with(""), other, "n")[0].interrupts, "");
  EXPECT_EQ(plan(with(""), with(", excluded_addresses: [192.0.2.99/24]"), "n")[0].interrupts, "");
}

TEST(Plan, WhatDecidesWhoHearsWhomAndWhoIsBetter) {
  const auto interrupts = [](const std::string& from, const std::string& to) {
    const Changes changes = plan(with(from), with(to), "n");
    return changes.size() == 1 ? changes[0].interrupts : "not one change";
  };
  const std::string unicast = ", unicast: {peers: [192.0.2.2]}";
  EXPECT_EQ(interrupts("", unicast), kApart);
  EXPECT_EQ(interrupts("", ", multicast_group: 224.0.0.99"), kApart);
  EXPECT_EQ(interrupts("", ", source_address: 192.0.2.1"),
            "peers that allow or name another do not hear it");
  EXPECT_EQ(interrupts("", ", allowed_sources: [192.0.2.2]"),
            "peers that are not in it are not heard");
  EXPECT_EQ(interrupts("", ", virtual_mac: true"),
            "the addresses move to another device: if it is MASTER here, clients learn another "
            "MAC address");
  EXPECT_EQ(interrupts("", ", track: [{interface: eth1}]"), "the MASTER may become another");
  EXPECT_EQ(interrupts("", ", accept: false"), "connections to this node by its addresses");
  EXPECT_EQ(interrupts(", accept: false", ", accept: true"), "");
  EXPECT_EQ(interrupts("", ", address_lifetime: 5s"), "");
}

TEST(Plan, WholeInstancesAndChecks) {
  const std::string mail =
      "    - {name: mail, interface: eth0, virtual_router_id: 53, addresses: [192.0.2.53/24]}\n";
  const std::string checks = "checks: [{name: app, tcp: 192.0.2.1:80}]\n";
  EXPECT_EQ(plan(with(""), with("", mail + checks), "n"),
            (Changes{{"vrrp: instances: mail: added, {name: mail, interface: eth0, "
                      "virtual_router_id: 53, address...",
                      ""},
                     {"checks: app: added, {name: app, tcp: 192.0.2.1:80}", ""}}));
  EXPECT_EQ(plan(with("", mail), with(""), "n"),
            (Changes{{"vrrp: instances: mail: taken out",
                      "if it is MASTER here, 192.0.2.53 go to a peer, or nowhere"}}));
}

TEST(Plan, PasswordsAreNotShown) {
  const Changes changes = plan(with(", version: 2, authentication: {password: secret}"),
                               with(", version: 2, authentication: {password: hidden}"), "n");
  EXPECT_EQ(changes,
            (Changes{{"vrrp: instances: web: authentication: password: (not shown) -> (not shown)",
                      "peers with other keys or passwords are not heard"}}));
}

}  // namespace
}  // namespace holdfast::ctl
