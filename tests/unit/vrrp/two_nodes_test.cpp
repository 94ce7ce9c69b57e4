// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <deque>
#include <map>

#include "tests/unit/vrrp/core_support.h"

// Two cores that hear each other on two LANs, each with a sync group of a router on either LAN.
namespace holdfast::vrrp {
namespace {

constexpr Duration kFlight = 100us;

struct Priorities {
  int wan;
  int lan;
};

class TwoNodes : public testing::Test {
 protected:
  static constexpr int kLans = 2;

  static Config config(const Priorities& priorities) {
    std::vector<InstanceConfig> instances;
    for (int lan = 0; lan < kLans; ++lan) {
      InstanceConfig one =
          instance(lan == 0 ? "wan" : "lan", 51, "10." + std::to_string(lan) + ".0.100/24");
      one.interface = "eth" + std::to_string(lan);
      one.priority =
          Priority{static_cast<std::uint8_t>(lan == 0 ? priorities.wan : priorities.lan)};
      one.sync_group = "g";
      instances.push_back(one);
    }
    return config_of(instances);
  }

  void start(int node, const Priorities& priorities) {
    Node& one = nodes_.at(static_cast<std::size_t>(node));
    one.core = VrrpCore{};
    one.states.clear();
    follow(node, one.core.handle(config(priorities), now_));
    for (int lan = 0; lan < kLans; ++lan) {
      Link link;
      link.index = lan;
      link.name = "eth" + std::to_string(lan);
      link.up = true;
      link.addresses = {
          {prefix("10." + std::to_string(lan) + ".0." + std::to_string(node + 1) + "/24"), false}};
      follow(node, one.core.handle(LinkChanged{link}, now_));
    }
    one.running = true;
    follow(node, one.core.handle(Begin{}, now_));
  }
  void crash(int node) { nodes_.at(static_cast<std::size_t>(node)).running = false; }
  void cut(int lan, bool cut) { cut_.at(static_cast<std::size_t>(lan)) = cut; }

  void run(Duration duration) {
    const Time until = now_ + duration;
    while (step(until)) {
    }
    now_ = until;
  }

  VrrpState state(int node, const std::string& router) const {
    return nodes_.at(static_cast<std::size_t>(node)).states.at(router);
  }
  bool active(int node) const {
    return state(node, "wan") == VrrpState::kActive && state(node, "lan") == VrrpState::kActive;
  }
  bool backup(int node) const {
    return state(node, "wan") == VrrpState::kBackup && state(node, "lan") == VrrpState::kBackup;
  }
  void expect_settled(const std::string& when) const {
    EXPECT_TRUE((active(0) && backup(1)) || (active(1) && backup(0))) << when;
  }

  Time now_ = kStart;
  int changes_ = 0;

 private:
  struct Node {
    VrrpCore core;
    bool running = false;
    std::map<std::string, VrrpState> states;
  };
  struct Flying {
    Time arrives;
    int to;
    SendPacket packet;
  };

  // The next thing that happens, if it is due.
  bool step(Time until) {
    Time next = flying_.empty() ? Time::max() : flying_.front().arrives;
    int awake = -1;
    for (int node = 0; node < 2; ++node) {
      const Node& one = nodes_.at(static_cast<std::size_t>(node));
      const auto deadline = one.core.deadline();
      if (!one.running || !deadline || *deadline >= next) continue;
      next = *deadline;
      awake = node;
    }
    if (next > until) return false;
    now_ = std::max(now_, next);
    if (awake >= 0) {
      follow(awake, nodes_.at(static_cast<std::size_t>(awake)).core.handle(Wake{}, now_));
      return true;
    }
    const Flying arrived = flying_.front();
    flying_.pop_front();
    Node& to = nodes_.at(static_cast<std::size_t>(arrived.to));
    if (!to.running) return true;
    const SendPacket& packet = arrived.packet;
    const Datagram datagram{packet.source, packet.destination, packet.ttl, packet.payload};
    follow(arrived.to, to.core.handle(PacketReceived{packet.link, datagram}, now_));
    return true;
  }

  void follow(int node, const VrrpActions& actions) {
    for (const VrrpAction& action : actions) {
      if (const auto* packet = std::get_if<SendPacket>(&action)) {
        if (!cut_.at(static_cast<std::size_t>(packet->link))) {
          flying_.push_back({now_ + kFlight, 1 - node, *packet});
        }
      } else if (const auto* report = std::get_if<Report>(&action)) {
        note(node, *report->message);
      }
    }
  }
  void note(int node, const Message& message) {
    const auto* state = std::get_if<RouterState>(&message);
    if (state == nullptr) return;
    auto& known = nodes_.at(static_cast<std::size_t>(node)).states;
    const auto [it, is_new] = known.try_emplace(state->router, state->state);
    if (is_new || it->second != state->state) ++changes_;
    it->second = state->state;
  }

  std::array<Node, 2> nodes_;
  std::array<bool, kLans> cut_{};
  std::deque<Flying> flying_;
};

TEST_F(TwoNodes, TheBetterOneForAllIsActiveForAll) {
  start(0, {150, 150});
  start(1, {100, 100});
  run(10s);
  EXPECT_TRUE(active(0));
  EXPECT_TRUE(backup(1));
}

// Each is the better one for another LAN. Whatever the moment at which they start, they settle
// within a few elections, and then nothing moves.
TEST_F(TwoNodes, ThatDisagreeDoNotFlap) {
  for (Duration apart{0}; apart <= 4s; apart += 7ms) {
    for (const Priorities& others :
         {Priorities{100, 150}, Priorities{1, 254}, Priorities{149, 254}}) {
      SCOPED_TRACE(std::to_string(apart.count()) + " us apart, " + std::to_string(others.wan) +
                   " and " + std::to_string(others.lan));
      start(0, {150, 100});
      run(apart);
      start(1, others);
      changes_ = 0;
      run(20s);
      expect_settled("in the end");
      EXPECT_LE(changes_, 12);
      const int before = changes_;
      run(1min);
      EXPECT_EQ(changes_, before);
      if (HasFailure()) return;
    }
  }
}

TEST_F(TwoNodes, ThatDisagreeTakeOverFromEachOtherWhenOneDies) {
  start(0, {150, 100});
  run(5s);
  start(1, {100, 150});
  run(20s);
  EXPECT_TRUE(active(0)) << "it was there first";
  crash(0);
  run(5s);
  EXPECT_TRUE(active(1));
  start(0, {150, 100});
  run(20s);
  EXPECT_TRUE(active(1)) << "for the same reason";
  EXPECT_TRUE(backup(0));
}

TEST_F(TwoNodes, ASplitOfOneLanChangesNothing) {
  for (const int lan : {0, 1}) {
    start(0, {150, 150});
    start(1, {100, 100});
    run(20s);
    const int before = changes_;
    cut(lan, true);
    run(30s);
    EXPECT_TRUE(active(0) && backup(1)) << "the other LAN tells them";
    cut(lan, false);
    run(10s);
    EXPECT_EQ(changes_, before);
  }
}

// One that may preempt on the LAN that is left may take over, once, and keep it.
TEST_F(TwoNodes, ASplitOfOneLanMovesThoseThatDisagreeOnceAtMost) {
  for (const int lan : {0, 1}) {
    start(0, {150, 100});
    start(1, {100, 150});
    run(20s);
    int before = changes_;
    cut(lan, true);
    run(30s);
    expect_settled("split");
    EXPECT_LE(changes_ - before, 4);
    before = changes_;
    cut(lan, false);
    run(30s);
    EXPECT_EQ(changes_, before);
  }
}

// The one of the lower addresses yields: the other goes on, and no LAN is without an active router
// for longer than Skew_Time.
TEST_F(TwoNodes, ThatDisagreeLeaveNoGapWhenASplitOfBothHeals) {
  for (Duration offset{0}; offset < 1s; offset += 50ms) {
    SCOPED_TRACE(offset.count());
    start(0, {150, 100});
    start(1, {100, 150});
    cut(0, true);
    cut(1, true);
    run(10s + offset);
    EXPECT_TRUE(active(0) && active(1));
    cut(0, false);
    cut(1, false);
    for (Duration passed{0}; passed < 10s; passed += 10ms) {
      run(10ms);
      EXPECT_EQ(state(1, "lan"), VrrpState::kActive);
    }
    EXPECT_TRUE(active(1));
    EXPECT_TRUE(backup(0));
  }
}

TEST_F(TwoNodes, ASplitOfBothSettlesWithinAFewElections) {
  for (const Priorities& others : {Priorities{100, 100}, Priorities{100, 150}}) {
    for (Duration offset{0}; offset < 1s; offset += 50ms) {
      start(0, {150, 100});
      start(1, others);
      run(20s);
      cut(0, true);
      cut(1, true);
      run(10s + offset);
      EXPECT_TRUE(active(0) && active(1));
      changes_ = 0;
      cut(0, false);
      cut(1, false);
      run(20s);
      expect_settled("after " + std::to_string(offset.count()) + " us");
      EXPECT_LE(changes_, 8);
    }
  }
}

}  // namespace
}  // namespace holdfast::vrrp
