// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

TEST(Validate, NamesAreUnique) {
  EXPECT_EQ(faults_of(R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1]}
    - {name: web, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2]}
    - {name: web, interface: eth0, virtual_router_id: 3, addresses: [10.0.0.3]}
checks:
  - {name: web, tcp: 10.0.0.1:80}
  - {name: web, tcp: 10.0.0.1:80}
)"),
            (Texts{"f:5:14: name: 'web' is the name of another instance, at line 4, column 14",
                   "f:6:14: name: 'web' is the name of another instance, at line 4, column 14",
                   "f:9:12: name: 'web' is the name of another check, at line 8, column 12"}));
}

TEST(Validate, VridsAreUniqueOnAnInterface) {
  EXPECT_EQ(faults_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 51, addresses: [10.0.0.1]}
    - {name: b, interface: eth1, virtual_router_id: 51, addresses: [10.0.0.2]}
    - {name: c, interface: eth0, virtual_router_id: 51, version: 2, addresses: [10.0.0.3]}
)"),
            Texts{"f:6:53: virtual_router_id: 51 is used on 'eth0' by another instance, at line 4, "
                  "column 53"});
}

TEST(Validate, AnAddressStandsOnce) {
  EXPECT_EQ(faults_of(R"(version: 1
vrrp:
  instances:
    - {name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1/24, 10.0.0.1/24]}
    - {name: b, interface: eth1, virtual_router_id: 1, addresses: [10.0.0.1/16]}
)"),
            (Texts{"f:4:81: addresses: '10.0.0.1' is given already, at line 4, column 68",
                   "f:5:68: addresses: '10.0.0.1' is given already, at line 4, column 68"}));
}

TEST(Validate, WhatIsTrackedExists) {
  const std::string track = "      track: [{check: ngnix}, {check: apache, weight: 3}]\n";
  EXPECT_EQ(faults_of(instance_with(track + "checks: [{name: nginx, tcp: 10.0.0.1:80}]\n")),
            (Texts{"f:8:23: check: no check is called 'ngnix', did you mean 'nginx'?",
                   "f:8:39: check: no check is called 'apache'"}));
  EXPECT_EQ(faults_of(instance_with(track)), (Texts{"f:8:23: check: no check is called 'ngnix'",
                                                    "f:8:39: check: no check is called 'apache'"}));
}

TEST(Validate, AFaultyCheckIsNotAlsoMissing) {
  const std::string track = "      track: [{check: nginx}]\n";
  EXPECT_EQ(faults_of(instance_with(track + "checks: [{nmae: nginx, tcp: 10.0.0.1:80}]\n")),
            Texts{"f:9:11: unknown key 'nmae' in a check, did you mean 'name'?"});
  EXPECT_EQ(faults_of(instance_with(track + "checks: [{name: 'ngi nx', tcp: 10.0.0.1:80}]\n")),
            Texts{"f:9:17: name: found 'ngi nx', expected a name of 1 to 64 letters, digits, '.', "
                  "'_' or '-'"});
  EXPECT_EQ(faults_of(instance_with(track + "checks: {name: nginx, tcp: 10.0.0.1:80}\n")),
            Texts{"f:9:9: checks: found a map, expected a list: begin each entry with a dash"});
  EXPECT_EQ(faults_of(instance_with(track + "chekcs: [{name: nginx, tcp: 10.0.0.1:80}]\n")),
            Texts{"f:9:1: unknown key 'chekcs' in the configuration, did you mean 'checks'?"});
}

TEST(Validate, EachIsTrackedOnce) {
  EXPECT_EQ(
      faults_of(instance_with("      track: [{check: a}, {interface: a}, {check: a, weight: 1}, "
                              "{interface: a}]\nchecks: [{name: a, tcp: 10.0.0.1:80}]\n")),
      (Texts{"f:8:51: check: 'a' is tracked already, at line 8, column 23",
             "f:8:78: interface: 'a' is tracked already, at line 8, column 39"}));
}

TEST(Validate, TheOwnerPreemptsAndItsPriorityStays) {
  const std::string owner = "      priority: 255\n";
  const std::string preempts =
      "f:9:16: preempt: the owner of the addresses (priority 255) always preempts at once, "
      "expected "
      "true, or a priority below 255";
  EXPECT_EQ(faults_of(instance_with(owner + "      preempt: {delay: 30s}\n")), Texts{preempts});
  EXPECT_EQ(faults_of(instance_with(owner + "      preempt: false\n")), Texts{preempts});
  EXPECT_EQ(faults_of(instance_with(owner + "      preempt: true\n")), Texts{});
  EXPECT_EQ(faults_of(instance_with(owner + "      preempt: {delay: 0s}\n")), Texts{});

  const std::string weight =
      "weight: nothing moves the priority of the owner of the addresses (255), expected no weight, "
      "or "
      "a priority below 255";
  EXPECT_EQ(
      faults_of(instance_with(
          owner + "      track: [{interface: a, weight: 1}, {check: b, weight: -1}, {check: c}]\n"
                  "checks: [{name: b, tcp: 10.0.0.1:80}, {name: c, tcp: 10.0.0.1:80}]\n")),
      (Texts{"f:9:38: " + weight, "f:9:61: " + weight}));
}

TEST(Validate, AChecksumFormNeedsVersion3) {
  const std::string form = "      checksum: pseudo-header\n";
  EXPECT_EQ(faults_of(instance_with(form + "      version: 2\n")),
            Texts{"f:8:17: checksum: version 2 has one form only, expected version 3"});
  EXPECT_EQ(faults_of(instance_with(form + "      version: 3\n")), Texts{});
}

TEST(Validate, ATimeoutIsAtMostTheInterval) {
  const auto check = [](const std::string& times) {
    return faults_of("version: 1\nchecks:\n  - {name: a, tcp: 10.0.0.1:80, " + times + "}\n");
  };
  EXPECT_EQ(check("interval: 500ms, timeout: 501ms"),
            Texts{"f:3:59: timeout: found '501ms', expected at most the interval, 500ms"});
  EXPECT_EQ(check("timeout: 2s"),
            Texts{"f:3:42: timeout: found '2s', expected at most the interval, 1s"});
  EXPECT_EQ(check("interval: 500ms, timeout: 500ms"), Texts{});
}

// keepalived takes it; nobody hears oneself, and it is a slip most often: the other's file.
TEST(Validate, APeerIsAnotherNode) {
  const std::string source = "      source_address: 198.51.100.1\n";
  EXPECT_EQ(faults_of(instance_with(source + "      unicast: {peers: [198.51.100.2]}\n")), Texts{});
  EXPECT_EQ(
      faults_of(instance_with(source + "      unicast: {peers: [198.51.100.2, 198.51.100.1]}\n")),
      Texts{"f:9:39: peers: found '198.51.100.1', which is the source_address of this node itself, "
            "expected the other nodes"});
}

}  // namespace
}  // namespace holdfast
