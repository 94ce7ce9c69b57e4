// SPDX-License-Identifier: Apache-2.0
#include "foresee/forecast.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/hmac_sha256.h"
#include "config/load.h"
#include "foresee/world.h"

namespace holdfast::foresee {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr const char* kWeb =
    "virtual_router_id: 51, interface: eth0, addresses: [192.0.2.10/24], advert_interval: 1s";

NodePlan node(const std::string& name, const std::string& document) {
  const Loaded loaded = load_config("version: 1\n" + document, "f", name);
  EXPECT_TRUE(loaded.ok()) << loaded.diagnostics.front().to_string();
  return {name, loaded.config};
}

// With the instance web, of a priority and what else is said.
NodePlan web(const std::string& name, int priority, const std::string& more = "",
             const std::string& rest = "") {
  return node(name, "vrrp: {instances: [{name: web, priority: " + std::to_string(priority) + ", " +
                        kWeb + more + "}]}\n" + rest);
}

constexpr const char* kNginx = "checks: [{name: nginx, tcp: {address: \"192.0.2.80:80\"}}]\n";

Forecast of(const std::vector<NodePlan>& nodes) {
  Forecast made = forecast(nodes, hmac_sha256);
  EXPECT_TRUE(made.settled);
  return made;
}

const Fate& fate(const std::vector<Scenario>& all, const Failure& failure,
                 const std::string& instance = "web") {
  for (const Scenario& one : all) {
    if (one.failures != std::vector{failure}) continue;
    for (const Fate& fate : one.fates) {
      if (fate.instance == instance) return fate;
    }
  }
  ADD_FAILURE() << "no such scenario";
  static const Fate kNone;
  return kNone;
}

const Subject kEth0{Kind::kLink, "eth0"};
const Subject kCheckNginx{Kind::kCheck, "nginx"};

TEST(Forecast, TheNextPriorityFollowsAfterThreeIntervalsAndItsSkew) {
  const Forecast made = of({web("lb1", 150), web("lb2", 120), web("lb3", 100)});
  EXPECT_EQ(made.start.at(0).holders, Names{"lb1"});
  const Fate& dies = fate(made.singles, {"lb1", {}});
  EXPECT_EQ(dies.holders, Names{"lb2"});
  EXPECT_EQ(dies.repaired, Names{"lb1"});
  EXPECT_EQ(dies.unheld_by_repair, 0us);
  // Just after an advert: 3 s and 136/256 s, and what a packet takes on its way.
  EXPECT_EQ(dies.unheld, 3s + 531250us + World::kOnTheWay);
  const Fate& backup = fate(made.singles, {"lb2", {}});
  EXPECT_EQ(backup.holders, Names{"lb1"});
  EXPECT_EQ(backup.unheld, 0us);
}

TEST(Forecast, ALinkThatIsDownIsAsGoodAsANode) {
  const Forecast made = of({web("lb1", 150), web("lb2", 120)});
  const Fate& down = fate(made.singles, {"lb1", kEth0});
  EXPECT_EQ(down.holders, Names{"lb2"});
  EXPECT_EQ(down.unheld, 3s + 531250us + World::kOnTheWay);
  EXPECT_EQ(down.repaired, Names{"lb1"});
}

TEST(Forecast, TwoOfTwoAreNobodyTwoOfThreeAreOne) {
  const Forecast pair = of({web("lb1", 150), web("lb2", 120)});
  ASSERT_EQ(pair.doubles.size(), 1U);
  EXPECT_EQ(pair.doubles[0].fates.at(0).holders, Names{});
  EXPECT_EQ(pair.doubles[0].fates.at(0).repaired, Names{"lb1"});
  const Forecast three = of({web("lb1", 150), web("lb2", 120), web("lb3", 100)});
  ASSERT_EQ(three.doubles.size(), 3U);
  EXPECT_EQ(three.doubles[0].fates.at(0).holders, Names{"lb3"});
}

TEST(Forecast, WithoutPreemptTheHeirKeepsIt) {
  const Forecast made =
      of({web("lb1", 150, ", preempt: false"), web("lb2", 120, ", preempt: false")});
  const Fate& dies = fate(made.singles, {"lb1", {}});
  EXPECT_EQ(dies.holders, Names{"lb2"});
  EXPECT_EQ(dies.repaired, Names{"lb2"});
  // And the next failure begins where all did.
  EXPECT_EQ(fate(made.singles, {"lb2", {}}).holders, Names{"lb1"});
}

TEST(Forecast, AWeightMovesItWithoutAGapOrNotAtAll) {
  const auto weighted = [](int weight) {
    return of({web("lb1", 150, ", track: [{check: nginx, weight: " + std::to_string(weight) + "}]",
                   kNginx),
               web("lb2", 120)});
  };
  const Forecast enough = weighted(-40);
  EXPECT_EQ(fate(enough.singles, {"lb1", kCheckNginx}).holders, Names{"lb2"});
  EXPECT_EQ(fate(enough.singles, {"lb1", kCheckNginx}).unheld, 0us);
  EXPECT_EQ(fate(weighted(-20).singles, {"lb1", kCheckNginx}).holders, Names{"lb1"});
}

TEST(Forecast, AFaultIsToldThePeerWhichWaitsForItsSkewOnly) {
  const Forecast made = of({web("lb1", 150, ", track: [{check: nginx}]", kNginx), web("lb2", 120)});
  const Fate& down = fate(made.singles, {"lb1", kCheckNginx});
  EXPECT_EQ(down.holders, Names{"lb2"});
  EXPECT_EQ(down.unheld, 531250us + World::kOnTheWay);
}

TEST(Forecast, ACheckWithoutWeightOnEveryNodeThatFailsEverywhere) {
  const std::string track = ", track: [{check: nginx}]";
  const Forecast made = of({web("lb1", 150, track, kNginx), web("lb2", 120, track, kNginx)});
  EXPECT_EQ(fate(made.singles, {"lb2", kCheckNginx}).holders, Names{"lb1"});
}

TEST(Forecast, OthersThanOneAnotherMeansTwoHolders) {
  const auto two = [](const std::string& more, const std::string& other) {
    return of({web("lb1", 150, more), web("lb2", 120, other)}).start.at(0).holders;
  };
  const Names both{"lb1", "lb2"};
  EXPECT_EQ(two("", ""), Names{"lb1"});
  EXPECT_EQ(two(", version: 2", ", version: 3"), both);
  EXPECT_EQ(two("", ", multicast_group: 224.0.0.99"), both);
  EXPECT_EQ(two(", authentication: {password: a}, version: 2",
                ", authentication: {password: b}, version: 2"),
            both);
  NodePlan stranger = web("lb2", 120);
  stranger.config.instances[0].vrid = Vrid{52};
  EXPECT_EQ(of({web("lb1", 150), stranger}).start.at(0).holders, both);
}

TEST(Forecast, PeersAreFoundByWhatTheOthersCallThem) {
  const auto peers = [](const std::string& list) { return ", unicast: {peers: [" + list + "]}"; };
  const Forecast three = of({web("lb1", 150, peers("192.0.2.2, 192.0.2.3")),
                             web("lb2", 120, peers("192.0.2.1, 192.0.2.3")),
                             web("lb3", 100, peers("192.0.2.1, 192.0.2.2"))});
  EXPECT_EQ(three.start.at(0).holders, Names{"lb1"});
  EXPECT_EQ(fate(three.singles, {"lb1", {}}).holders, Names{"lb2"});
  const Forecast stranger =
      of({web("lb1", 150, peers("192.0.2.2")),
          web("lb2", 120, ", source_address: 192.0.2.2" + peers("192.0.2.9"))});
  EXPECT_EQ(stranger.start.at(0).holders, Names{"lb1"});  // which lb2 hears, if it is 192.0.2.9
}

TEST(Forecast, KeysMustBeTheSame) {
  const std::string hmac = ", authentication: {keys: [{id: 1, key_file: /k}]}";
  std::vector<NodePlan> nodes{web("lb1", 150, hmac), web("lb2", 120, hmac)};
  const std::string key(32, 'a');
  for (NodePlan& one : nodes) one.secrets = {{"file /k", key}};
  EXPECT_EQ(of(nodes).start.at(0).holders, Names{"lb1"});
  EXPECT_EQ(fate(of(nodes).singles, {"lb1", {}}).repaired, Names{"lb1"});
  nodes[1].secrets = {{"file /k", std::string(32, 'b')}};
  EXPECT_EQ(of(nodes).start.at(0).holders, (Names{"lb1", "lb2"}));
}

TEST(Forecast, ASyncGroupMovesTogether) {
  const auto two = [](const std::string& name, int priority) {
    const std::string p = std::to_string(priority);
    return node(name,
                "vrrp:\n  sync_groups: [{name: all, instances: [a, b]}]\n  instances:\n"
                "    - {name: a, interface: eth0, virtual_router_id: 1, priority: " +
                    p +
                    ", addresses: [192.0.2.10/24]}\n"
                    "    - {name: b, interface: eth1, virtual_router_id: 2, priority: " +
                    p + ", addresses: [198.51.100.10/24]}\n");
  };
  const Forecast made = of({two("lb1", 150), two("lb2", 100)});
  EXPECT_EQ(fate(made.singles, {"lb1", {Kind::kLink, "eth1"}}, "a").holders, Names{"lb2"});
  EXPECT_EQ(fate(made.singles, {"lb1", {Kind::kLink, "eth1"}}, "b").holders, Names{"lb2"});
}

TEST(Forecast, NodesOfOtherRoutersAreNoPartOfIt) {
  const auto other = [](const std::string& name, int priority) {
    return node(name,
                "vrrp: {instances: [{name: db, interface: eth0, virtual_router_id: 9, "
                "addresses: [192.0.2.90/24], priority: " +
                    std::to_string(priority) + "}]}\n");
  };
  const Forecast made = of({web("a", 150), web("b", 100), other("c", 150), other("d", 100)});
  EXPECT_EQ(made.start.size(), 2U);
  EXPECT_EQ(made.singles.size(), 8U);
  EXPECT_EQ(made.doubles.size(), 2U);
}

}  // namespace
}  // namespace holdfast::foresee
