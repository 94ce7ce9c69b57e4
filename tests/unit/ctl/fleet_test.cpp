// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ctl/fleet_future.h"
#include "ctl/fleet_keys.h"

namespace holdfast::ctl {
namespace {

using Texts = std::vector<std::string>;

// A fleet of lb1 and lb2 with a virtual router; what stands under each node is given.
std::string fleet(const std::string& one, const std::string& two) {
  return "version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
         "      virtual_router_id: 51\n      addresses: [192.0.2.10/24]\nnodes:\n"
         "  lb1: {vrrp: {instances: [" +
         one + "]}}\n  lb2: {vrrp: {instances: [" + two + "]}}\n";
}

Texts faults_in(const std::string& document) {
  std::vector<FleetNode> nodes;
  for (const char* const name : {"lb1", "lb2"}) {
    nodes.push_back({name, load_config(document, "f", name)});
    EXPECT_TRUE(nodes.back().loaded.ok())
        << document << nodes.back().loaded.diagnostics.front().to_string();
  }
  Texts texts;
  for (const Diagnostic& one : fleet_faults(nodes, "f")) texts.push_back(one.to_string());
  return texts;
}

TEST(Fleet, NodesThatAgree) {
  EXPECT_EQ(faults_in(fleet("{name: web, priority: 150}", "{name: web, priority: 120}")), Texts{});
}

TEST(Fleet, PrioritiesAreDistinct) {
  EXPECT_EQ(
      faults_in(fleet("{name: web}", "{name: web, preempt: false}")),
      (Texts{"f:10:35: lb2: 'web' has priority 100, as on lb1: give each node another",
             "f:10:35: warning: lb2: 'web' has another preempt than on lb1 [fleet-preempt]"}));
}

TEST(Fleet, WhatAVirtualRouterIsMustBeTheSame) {
  const Texts faults =
      faults_in(fleet("{name: web, priority: 150}",
                      "{name: web, virtual_router_id: 52, version: 2, advert_interval: 2s, "
                      "addresses: [192.0.2.11/24], excluded_addresses: [192.0.2.99/24], "
                      "authentication: {password: a}}"));
  EXPECT_EQ(faults, (Texts{"f:10:35: lb2: 'web' has addresses 192.0.2.11, but on lb1 192.0.2.10",
                           "f:10:35: lb2: 'web' has advert_interval 2s, but on lb1 1s",
                           "f:10:35: lb2: 'web' has authentication a password, but on lb1 none",
                           "f:10:35: lb2: 'web' has excluded_addresses 192.0.2.99, but on lb1 none",
                           "f:10:35: lb2: 'web' has version 2, but on lb1 3",
                           "f:10:35: lb2: 'web' has virtual_router_id 52, but on lb1 51"}));
}

TEST(Fleet, PeersKnowEachOther) {
  const auto unicast = [](const std::string& own, const std::string& peer, int priority) {
    return "{name: web, priority: " + std::to_string(priority) + ", source_address: " + own +
           ", unicast: {peers: [" + peer + "]}}";
  };
  EXPECT_EQ(faults_in(fleet(unicast("192.0.2.1", "192.0.2.2", 150),
                            unicast("192.0.2.2", "192.0.2.1", 100))),
            Texts{});
  EXPECT_EQ(faults_in(fleet(unicast("192.0.2.1", "192.0.2.2", 150),
                            unicast("192.0.2.2", "192.0.2.3", 100))),
            Texts{"f:10:35: lb2: 'web' lacks the peer 192.0.2.1, which is lb1"});
  EXPECT_EQ(faults_in(fleet(unicast("192.0.2.1", "192.0.2.2", 150), "{name: web}")),
            Texts{"f:10:35: lb2: 'web' has adverts to 224.0.0.18, but on lb1 peers"});
}

TEST(Fleet, TheMembersOfASyncGroupGoTheSameWay) {
  const auto pair = [](int inside, int outside) {
    return "{vrrp: {instances: [{name: inside, priority: " + std::to_string(inside) +
           "}, {name: outside, priority: " + std::to_string(outside) + "}]}}\n";
  };
  const auto document = [&](const std::string& one, const std::string& two) {
    return "version: 1\nvrrp:\n  instances:\n"
           "    - {name: inside, interface: e0, virtual_router_id: 1, addresses: [192.0.2.1/24]}\n"
           "    - {name: outside, interface: e1, virtual_router_id: 2, addresses: [10.0.0.1/24]}\n"
           "  sync_groups: [{name: gateway, instances: [inside, outside]}]\nnodes:\n"
           "  lb1: " +
           one + "  lb2: " + two;
  };
  EXPECT_EQ(faults_in(document(pair(150, 140), pair(100, 90))), Texts{});
  EXPECT_EQ(faults_in(document(pair(150, 90), pair(100, 110))),
            Texts{"f:8:66: warning: lb1: 'outside' goes to lb2 first, but 'inside' in the same "
                  "sync group 'gateway' to lb1: give all members the same order of nodes "
                  "[fleet-sync-order]"});
}

TEST(Fleet, RoutersDoNotShareVridsOrAddresses) {
  const std::string other =
      "{name: db, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}";
  const std::string document =
      "version: 1\nnodes:\n"
      "  lb1: {vrrp: {instances: [{name: web, interface: eth0, virtual_router_id: 51, "
      "addresses: [192.0.2.10/24]}]}}\n"
      "  lb2: {vrrp: {instances: [" +
      other + "]}}\n";
  EXPECT_EQ(faults_in(document),
            (Texts{"f:3:35: lb1: 'web' has the address 192.0.2.10, as 'db' on lb2",
                   "f:3:35: lb1: 'web' has virtual_router_id 51 on 'eth0', as 'db' on lb2",
                   "f:3:35: warning: lb1: 'web' is on this node alone: nobody takes over "
                   "[fleet-alone]",
                   "f:4:35: warning: lb2: 'db' is on this node alone: nobody takes over "
                   "[fleet-alone]"}));
}

TEST(Fleet, NodesTrackTheSame) {
  const std::string tracking = "{name: web, priority: 150, track: [{interface: eth9}]}";
  EXPECT_EQ(faults_in(fleet(tracking, "{name: web}")),
            Texts{"f:10:35: warning: lb2: 'web' tracks nothing, but on lb1 interface eth9 "
                  "[fleet-tracks]"});
}

// As the file, with keys that can be read.
std::vector<FleetNode> nodes_with_keys(const std::string& one, const std::string& two) {
  const std::string keys = ", authentication: {keys: [{id: 1, key_file: /k}]}}";
  const std::string document = fleet("{name: web, priority: 150" + keys, "{name: web" + keys);
  std::vector<FleetNode> nodes;
  for (const char* const name : {"lb1", "lb2"}) {
    nodes.push_back({name, load_config(document, "f", name)});
    EXPECT_TRUE(nodes.back().loaded.ok());
  }
  if (!one.empty()) nodes[0].keys["file /k"] = one;
  if (!two.empty()) nodes[1].keys["file /k"] = two;
  return nodes;
}

TEST(Fleet, KeysAreComparedByTheirHash) {
  const std::string a(32, 'a');
  const std::string b(32, 'b');
  EXPECT_TRUE(fleet_faults(nodes_with_keys(a, a), "f").empty());
  EXPECT_TRUE(fleet_faults(nodes_with_keys(a, ""), "f").empty());
  const auto faults = fleet_faults(nodes_with_keys(a, b), "f");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].message,
            "lb2: 'web' has another key 1 than on lb1: SHA-256 bdb33976, there 3ba3f5f4");
  EXPECT_EQ(keys_text(keys_of(nodes_with_keys(a, ""))),
            "Key 1 of web: lb1 (SHA-256 3ba3f5f4, file /k); lb2 (file /k, which is not readable "
            "here)\n");
  EXPECT_EQ(keys_text(keys_of(nodes_with_keys(a, a))),
            "Key 1 of web: lb1, lb2 (SHA-256 3ba3f5f4, file /k)\n");
}

std::vector<FleetNode> nodes_of(const std::string& document, const Texts& names) {
  std::vector<FleetNode> nodes;
  for (const std::string& name : names) {
    nodes.push_back({name, load_config(document, "f", name)});
    EXPECT_TRUE(nodes.back().loaded.ok()) << nodes.back().loaded.diagnostics.front().to_string();
  }
  return nodes;
}

Texts future_in(const std::vector<FleetNode>& nodes) {
  Texts texts;
  for (const Diagnostic& one : future_faults(future_of(nodes), nodes, "f")) {
    texts.push_back(one.to_string());
  }
  return texts;
}

TEST(FleetFuture, TwoHoldersAreAFaultAndOneLeftWithoutIsToo) {
  const Texts names{"lb1", "lb2"};
  EXPECT_EQ(future_in(nodes_of(fleet("{name: web, priority: 150}", "{name: web}"), names)),
            Texts{});
  EXPECT_EQ(future_in(nodes_of(
                fleet("{name: web, priority: 150}", "{name: web, virtual_router_id: 52}"), names)),
            Texts{"f:9:35: with every node well, 'web' is held by lb1, lb2 at once"});
  EXPECT_EQ(future_in(nodes_with_keys(std::string(32, 'a'), std::string(32, 'b'))),
            Texts{"f:9:35: with every node well, 'web' is held by lb1, lb2 at once"});
}

TEST(FleetFuture, AWeightThatMovesNothingIsNamed) {
  const std::string tracking =
      "{name: web, priority: 150, track: [{interface: eth9, weight: -20}]}";
  EXPECT_EQ(
      future_in(nodes_of(fleet(tracking, "{name: web}"), {"lb1", "lb2"})),
      Texts{"f:9:35: warning: if lb1: interface eth9 fails, lb1 holds 'web' still: the weight "
            "is less than what its priority is ahead [fleet-weight]"});
}

TEST(FleetFuture, ATableOfEqualOutcomes) {
  const auto nodes = nodes_of(fleet("{name: web, priority: 150}", "{name: web}"), {"lb1", "lb2"});
  EXPECT_EQ(future_text(future_of(nodes), nodes, false),
            "web\n"
            "FAILURE                   THEN HELD BY      REPAIRED\n"
            "none                      lb1\n"
            "lb1 dies, interface eth0  lb2 after 3.61 s  lb1 without a gap\n"
            "lb1 and lb2 die           nobody            lb1 after 3.41 s\n"
            "anything else             still lb1         stays\n");
}

}  // namespace
}  // namespace holdfast::ctl
