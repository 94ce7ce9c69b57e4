// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// An instance with a witness is active only while it also has the lease.
namespace holdfast::vrrp {
namespace {

constexpr Duration kTtl = 5s;

class VrrpCoreWitness : public VrrpCoreTest {
 protected:
  static InstanceConfig witnessed(WhenUnreachable when = WhenUnreachable::kRelease) {
    InstanceConfig config = instance();
    config.witness = when;
    return config;
  }
  static Config with_witness(const std::vector<InstanceConfig>& instances) {
    Config config = config_of(instances);
    config.witness.ttl = kTtl;
    return config;
  }

  // What it is, what it wishes, what it sends and what it holds.
  Lines say(const VrrpEvent& event) {
    Lines lines;
    for (const VrrpAction& action : core_.handle(event, now_)) {
      const auto* const report = std::get_if<Report>(&action);
      if (report == nullptr) {
        if (std::holds_alternative<SendPacket>(action) ||
            std::holds_alternative<AddAddress>(action) ||
            std::holds_alternative<RemoveAddress>(action)) {
          lines.push_back(line_of(action));
        }
      } else if (const auto* const wish = std::get_if<LeaseWish>(report->message.get())) {
        lines.push_back(std::string{"wish "} + (wish->wanted ? "yes" : "no"));
      } else if (const auto* const state = std::get_if<RouterState>(report->message.get())) {
        state_ = state->state;
        lines.push_back(std::string{to_string(state->state)} + ": " + state->reason);
      }
    }
    return lines;
  }
  Lines at(Time when) {
    now_ = when;
    return say(Wake{});
  }
  // Until that time, as often as it wants to be called.
  Lines go_on_until(Time until) {
    Lines all;
    while (core_.deadline() && *core_.deadline() <= until) {
      all += at(std::max(now_, *core_.deadline()));
    }
    now_ = until;
    return all;
  }
  Lines start(const InstanceConfig& config) {
    say(with_witness({config}));
    say(LinkChanged{eth0()});
    return say(Begin{});
  }
  Lines hear_witness(Duration more, const std::string& trouble = "") {
    return say(WitnessState{7, now_ + more, trouble});
  }
  Lines hear_lease(bool held, const std::string& holder) {
    return say(LeaseState{"one", held, 7, holder, now_});
  }
  void be_master(const InstanceConfig& config) {
    start(config);
    go_on_until(kStart + kDown);
    hear_witness(kTtl);
    hear_lease(true, "lb1");
    ASSERT_EQ(state_, VrrpState::kActive);
    say(LinkChanged{eth0({virtual_address("192.0.2.10/24")})});
  }

  VrrpState state_{};
};

const Lines kAdvert{"advert from 198.51.100.1 on 2: vrid 51 priority 100"};
const Lines kHeld{"add 192.0.2.10/24 on 2"};
const Lines kGone{"remove 192.0.2.10/24 on 2"};
const std::string kReleased = "advert from 198.51.100.1 on 2: vrid 51 priority 0";

bool contains(const Lines& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST_F(VrrpCoreWitness, ABackupWhoseTurnItIsWishesAndWaits) {
  EXPECT_FALSE(contains(start(witnessed()), "wish yes"));
  const Lines due = go_on_until(kStart + kDown);
  EXPECT_EQ(due, Lines{"wish yes"});
  EXPECT_EQ(go_on_until(kStart + kDown + 1s), Lines{}) << "it waits, and says nothing";
  hear_witness(kTtl);
  EXPECT_EQ(state_, VrrpState::kBackup);
  const Lines taken = hear_lease(true, "lb1");
  EXPECT_EQ(state_, VrrpState::kActive);
  EXPECT_TRUE(contains(taken, kAdvert[0]) && contains(taken, kHeld[0]));
}

TEST_F(VrrpCoreWitness, WhatAnotherHoldsIsNotTakenOver) {
  start(witnessed());
  go_on_until(kStart + kDown);
  hear_witness(kTtl);
  hear_lease(false, "lb2");
  EXPECT_FALSE(contains(go_on_until(now_ + 3s), "MASTER"));
  hear_lease(false, "");
  EXPECT_EQ(state_, VrrpState::kBackup) << "nobody's is not ours yet";
}

TEST_F(VrrpCoreWitness, AMasterThatLosesItsLeaseLetsGoAtOnce) {
  be_master(witnessed());
  const Lines lines = hear_lease(false, "lb2");
  EXPECT_EQ(state_, VrrpState::kBackup);
  EXPECT_TRUE(contains(lines, kReleased) && contains(lines, kGone[0]));
  EXPECT_TRUE(contains(lines, "witness: lb2 holds the lease"));
}

TEST_F(VrrpCoreWitness, ALeaseThatNobodyRenewsEndsBeforeItCanBeAnothers) {
  be_master(witnessed());
  const Time ends = now_ + kTtl;
  EXPECT_FALSE(contains(go_on_until(ends - 1ms), "BACKUP"));
  const Lines lines = at(ends);
  EXPECT_TRUE(contains(lines, "witness: its lease is over, and the witness is not reached"));
  EXPECT_TRUE(contains(lines, kGone[0]));
  // The trouble is told, too.
  hear_witness(Duration{0}, "connection refused");
  EXPECT_EQ(state_, VrrpState::kBackup);
}

TEST_F(VrrpCoreWitness, ARenewedLeaseIsGoneOnWith) {
  be_master(witnessed());
  for (int i = 0; i < 5; ++i) {
    go_on_until(now_ + 2s);
    EXPECT_FALSE(contains(hear_witness(kTtl), "BACKUP"));
  }
  EXPECT_EQ(state_, VrrpState::kActive);
}

TEST_F(VrrpCoreWitness, WithHoldAnUnreachedWitnessIsNoReason) {
  be_master(witnessed(WhenUnreachable::kHold));
  go_on_until(now_ + 3 * kTtl);
  EXPECT_EQ(state_, VrrpState::kActive);
}

// Who holds the addresses may be well: the witness gets the time of a lease to answer again.
TEST_F(VrrpCoreWitness, WithHoldABackupWaitsForOneLeaseMore) {
  start(witnessed(WhenUnreachable::kHold));
  const Time known = kStart + kTtl;  // since it has a witness
  EXPECT_FALSE(contains(go_on_until(known + kTtl - 1ms), "MASTER"));
  EXPECT_TRUE(contains(go_on_until(known + kTtl), "MASTER"));
}

TEST_F(VrrpCoreWitness, WithReleaseABackupNeverTakesOverAlone) {
  start(witnessed());
  EXPECT_FALSE(contains(go_on_until(kStart + 60s), "MASTER"));
}

TEST_F(VrrpCoreWitness, AMasterThatIsGivenAWitnessHasTheTimeOfALease) {
  say(with_witness({instance()}));
  say(LinkChanged{eth0()});
  say(Begin{});
  go_on_until(kStart + kDown);
  ASSERT_EQ(state_, VrrpState::kActive);
  EXPECT_TRUE(contains(say(with_witness({witnessed()})), "wish yes"));
  EXPECT_FALSE(contains(go_on_until(now_ + kTtl - 1ms), "BACKUP"));
  EXPECT_TRUE(contains(go_on_until(now_ + 1ms), "BACKUP: witness"));
}

TEST_F(VrrpCoreWitness, WithoutAWitnessNothingIsWished) {
  say(with_witness({instance()}));
  say(LinkChanged{eth0()});
  say(Begin{});
  EXPECT_FALSE(contains(go_on_until(kStart + kDown), "wish"));
}

// Who would preempt tells the master of its priority, as nobody would make room for it otherwise.
TEST_F(VrrpCoreWitness, WhoWouldPreemptChallengesWhoHoldsTheLease) {
  start(witnessed());
  const auto hear_peer = [this] {
    return say(PacketReceived{
        2, {kPeer, vrrp_group(Family::kIpv4), kVrrpTtl, encoded(advert(50), kPeer)}});
  };
  hear_witness(kTtl);
  hear_lease(false, "lb2");
  Lines lines;
  for (int i = 0; i < 8; ++i) {
    hear_witness(kTtl);
    lines += hear_peer();
    lines += go_on_until(now_ + 1s);
  }
  EXPECT_EQ(state_, VrrpState::kBackup);
  EXPECT_TRUE(contains(lines, kAdvert[0]));
  hear_lease(true, "lb1");
  EXPECT_EQ(state_, VrrpState::kActive);
}

// The kernel takes the addresses before another can have the lease, though nobody here does.
TEST_F(VrrpCoreWitness, ALifetimeEndsWithTheLeaseAndIsRenewedWithIt) {
  InstanceConfig config = witnessed();
  config.address_lifetime = 60s;
  start(config);
  go_on_until(kStart + kDown);
  hear_witness(kTtl);
  const VrrpActions taken = core_.handle(LeaseState{"one", true, 7, "lb1", now_}, now_);
  const auto lifetime = [](const VrrpActions& actions) {
    Duration lasts{0};
    for (const VrrpAction& action : actions) {
      if (const auto* const add = std::get_if<AddAddress>(&action)) lasts = add->lifetime;
    }
    return lasts;
  };
  EXPECT_EQ(lifetime(taken), Duration{kTtl});
  say(LinkChanged{eth0({virtual_address("192.0.2.10/24")})});
  now_ += 2s;
  EXPECT_EQ(lifetime(core_.handle(WitnessState{7, now_ + 4s, ""}, now_)), Duration{4s});
}

}  // namespace
}  // namespace holdfast::vrrp
