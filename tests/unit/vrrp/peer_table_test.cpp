// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/peer_table.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/vrrp/core_support.h"

namespace holdfast::vrrp {
namespace {

const IpAddress kOther = IpAddress::v4({198, 51, 100, 3});

class PeerTableTest : public VrrpCoreTest {
 protected:
  void hear(const Advert& said, const IpAddress& source = kPeer,
            std::optional<Rejection> refused = std::nullopt) {
    const IpAddress group = vrrp_group(source.family());
    const auto words = encode_advert(said, ChecksumForm::kPseudoHeader, source, group);
    table_.hear({said, {source, group, kVrrpTtl, words}, refused}, config_, now_);
  }
  std::optional<Peers> told() { return table_.report("one", PeerTable::kApart, now_); }
  // Of what is heard of kPeer just now.
  Peer peer(const Advert& said, std::optional<Rejection> refused = std::nullopt,
            bool lacks_signature = false, const IpAddress& destination = config().group()) {
    const Datagram datagram{kPeer, destination, kVrrpTtl, {}};
    return peer_by({said, datagram, refused, lacks_signature}, config_, now_);
  }
  static InstanceConfig config() { return instance(); }
  static std::string mismatches(const Peer& peer) {
    std::string text;
    for (std::size_t i = 0; i < kMismatches; ++i) {
      if (peer.mismatches.at(i)) text += std::string(to_string(static_cast<Mismatch>(i))) + " ";
    }
    return text + "(" + peer.detail + ")";
  }

  InstanceConfig config_ = config();
  PeerTable table_;
};

TEST_F(PeerTableTest, APeerThatFitsHasNoMismatch) {
  const Peer found = peer(advert(150));
  EXPECT_EQ(found.address, "198.51.100.2");
  EXPECT_EQ(found.version, 3);
  EXPECT_EQ(found.priority.value, 150);
  EXPECT_EQ(found.interval, 1'000'000);
  EXPECT_EQ(found.heard, now_);
  EXPECT_TRUE(found.speaks);
  EXPECT_TRUE(found.accepted);
  EXPECT_EQ(mismatches(found), "()");
}

TEST_F(PeerTableTest, WhatDoesNotFitIsNamedAllOfIt) {
  Advert other = advert(150);
  other.version = VrrpVersion::k2;
  other.interval = 3s;
  other.addresses = {ip("192.0.2.10"), ip("192.0.2.99")};
  const Peer found = peer(other, Rejection::kVersion);
  EXPECT_FALSE(found.accepted);
  EXPECT_EQ(mismatches(found),
            "version interval addresses (VRRPv2, ours is v3; every 3.000 s, we every 1.000 s; has "
            "192.0.2.99)");
}

// The same words mean something else then.
TEST_F(PeerTableTest, IsComparedAnewAfterAReload) {
  hear(advert(150));
  EXPECT_EQ(mismatches(told()->peers.at(0)), "()");
  config_.advert_interval = 2s;
  table_.reconfigured();
  now_ += 1s;
  hear(advert(150));
  EXPECT_EQ(mismatches(told()->peers.at(0)), "interval (every 1.000 s, we every 2.000 s)");
}

TEST_F(PeerTableTest, WhoSaysTheSameIsRefusedOrNot) {
  hear(advert(150));
  EXPECT_TRUE(told()->peers.at(0).accepted);
  now_ += 1s;
  hear(advert(150), kPeer, Rejection::kReplay);
  EXPECT_FALSE(told()->peers.at(0).accepted);
}

TEST_F(PeerTableTest, AnotherRouterOfOurVridIsAStranger) {
  Advert other = advert(150);
  other.addresses = {ip("192.0.2.99")};
  EXPECT_EQ(mismatches(peer(other, Rejection::kAddressList)),
            "addresses stranger (has 192.0.2.99, lacks 192.0.2.10; another virtual router of this "
            "ID)");
  EXPECT_EQ(mismatches(peer(advert(150), Rejection::kPeer, false, kPeer)),
            "stranger (from no allowed source, or not to the group)");
  config_.unicast.emplace();
  config_.unicast->peers = {{kOther}};
  EXPECT_EQ(mismatches(peer(advert(150), Rejection::kPeer, false, kSource)),
            "stranger (none of our peers)");
}

TEST_F(PeerTableTest, AuthenticationThatDiffersIsAMismatchAReplayIsNone) {
  EXPECT_EQ(mismatches(peer(advert(150), Rejection::kKey)), "authentication (authentication: key)");
  EXPECT_EQ(mismatches(peer(advert(150), Rejection::kReplay)), "()");
  EXPECT_EQ(mismatches(peer(advert(150), {}, true)), "authentication (authentication: unsigned)");
}

TEST_F(PeerTableTest, TwoOwnersAreAMismatchOneIsNone) {
  EXPECT_EQ(mismatches(peer(advert(255))), "()");
  config_.priority = kPriorityOwner;
  EXPECT_EQ(mismatches(peer(advert(255), Rejection::kOwner)),
            "owner (two own the addresses: priority 255)");
}

TEST_F(PeerTableTest, TheDetailsFitIntoAMessage) {
  Advert other = advert(150);
  for (std::uint8_t i = 0; i < 200; ++i) {
    other.addresses.push_back(IpAddress::v4({203, 0, 113, i}));
  }
  EXPECT_EQ(peer(other).detail.size(), Peer::kDetailMax);
}

TEST_F(PeerTableTest, ChangesAreToldAtOnceButOnlyOnceASecond) {
  EXPECT_EQ(told(), std::nullopt);
  hear(advert(150));
  ASSERT_TRUE(told());
  EXPECT_EQ(told(), std::nullopt);
  now_ += 300ms;
  hear(advert(120));
  EXPECT_EQ(told(), std::nullopt);
  EXPECT_EQ(table_.deadline(), now_ + 700ms);
  now_ += 700ms;
  EXPECT_EQ(told().value().peers.at(0).priority.value, 120);
}

TEST_F(PeerTableTest, TimesAreToldOnceInAPace) {
  hear(advert(150));
  ASSERT_TRUE(told());
  for (int i = 0; i < 2; ++i) {
    now_ += 1s;
    hear(advert(150));
    EXPECT_EQ(table_.report("one", 3s, now_), std::nullopt);
  }
  now_ += 1s;
  hear(advert(150));
  EXPECT_EQ(table_.report("one", 3s, now_).value().peers.at(0).heard, now_);
}

TEST_F(PeerTableTest, WhoFallsSilentIsTold) {
  hear(advert(150));
  ASSERT_TRUE(told());
  EXPECT_EQ(table_.deadline(), now_ + 4s);
  now_ += 4s;
  const std::optional<Peers> last = told();
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->peers.at(0).speaks);
  EXPECT_EQ(last->peers.at(0).heard, kStart);
  EXPECT_EQ(table_.deadline(), std::nullopt);
}

TEST_F(PeerTableTest, WhoLetsGoIsSilentAtOnce) {
  hear(advert(0));
  const std::optional<Peers> last = told();
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->peers.at(0).speaks);
  EXPECT_EQ(table_.deadline(), std::nullopt);
}

TEST_F(PeerTableTest, StrangersDriveOutNobodyWhoIsAccepted) {
  hear(advert(150));
  for (std::uint8_t i = 0; i < 100; ++i) {
    now_ += 1ms;
    hear(advert(150), IpAddress::v4({203, 0, 113, i}), Rejection::kPeer);
  }
  now_ += 1s;
  Peers last = told().value();
  ASSERT_EQ(last.peers.size(), Peers::kMost);
  EXPECT_EQ(last.peers.front().address, "198.51.100.2");
  EXPECT_EQ(last.peers.back().address, "203.0.113.99");
  for (std::uint8_t i = 0; i < 100; ++i) hear(advert(150), IpAddress::v4({192, 0, 2, i}));
  now_ += 1s;
  last = told().value();
  ASSERT_EQ(last.peers.size(), Peers::kMost);
  for (const Peer& one : last.peers) EXPECT_TRUE(one.accepted);
}

TEST_F(PeerTableTest, LatenessIsThatOfAnAcceptedPeerThatSpeaks) {
  EXPECT_EQ(table_.lateness(kPeer, now_), std::nullopt);
  hear(advert(150));
  EXPECT_EQ(table_.lateness(kPeer, now_ + 1250ms), 250ms);
  EXPECT_EQ(table_.lateness(kOther, now_ + 1250ms), std::nullopt);
  hear(advert(150), kPeer, Rejection::kKey);
  EXPECT_EQ(table_.lateness(kPeer, now_ + 1250ms), std::nullopt);
}

// ---- As the core tells it.

class Rfc9568Peers : public VrrpCoreTest {
 protected:
  std::optional<Peers> told() const {
    for (const VrrpAction& action : actions_) {
      if (is_of_peers(action)) return std::get<Peers>(*std::get<Report>(action).message);
    }
    return std::nullopt;
  }
};

TEST_F(Rfc9568Peers, AreToldWithTheAdvertAndWhenTheyFallSilent) {
  begin(config_of({instance()}));
  receive(advert(150));
  ASSERT_TRUE(told());
  EXPECT_EQ(told()->router, "one");
  EXPECT_EQ(told()->peers.at(0).priority.value, 150);
  wake_at(now_ + 4s);
  ASSERT_TRUE(told());
  EXPECT_FALSE(told()->peers.at(0).speaks);
}

TEST_F(Rfc9568Peers, WhoIsRefusedIsTold) {
  begin(config_of({instance()}));
  Advert other = advert(150);
  other.addresses = {ip("192.0.2.99")};
  receive(other);
  ASSERT_TRUE(told());
  EXPECT_FALSE(told()->peers.at(0).accepted);
  EXPECT_TRUE(told()->peers.at(0).mismatches.at(static_cast<std::size_t>(Mismatch::kStranger)));
}

TEST_F(Rfc9568Peers, LateAdvertsAreCounted) {
  begin(config_of({instance()}));
  receive(advert(150));
  now_ += 1s;
  receive(advert(150));
  now_ += 1250ms;
  receive(advert(150));
  for (int i = 0; i < 20; ++i) {
    wake_when_due();
    for (const VrrpAction& action : actions_) {
      const auto* const report = std::get_if<Report>(&action);
      const auto* const counters =
          report == nullptr ? nullptr : std::get_if<AdvertCounters>(report->message.get());
      if (counters == nullptr) continue;
      EXPECT_EQ(counters->late.counts.front(), 1);
      EXPECT_EQ(counters->late.sum, 250'000);
      return;
    }
  }
  FAIL() << "no counters";
}

// ---- Why a state changed.

TEST_F(Rfc9568Peers, ATakeOverHasItsCauseAndTheTimeWithoutAMaster) {
  begin(config_of({instance()}));
  const auto state = [this] {
    for (const VrrpAction& action : actions_) {
      const auto* const report = std::get_if<Report>(&action);
      if (report == nullptr) continue;
      if (const auto* const now = std::get_if<RouterState>(report->message.get())) return *now;
    }
    return RouterState{};
  };
  receive(advert(150));
  wake_at(now_ + kDown);
  EXPECT_EQ(state().state, VrrpState::kActive);
  EXPECT_EQ(state().cause, Cause::kNoAdvert);
  EXPECT_EQ(state().unheld, 3'609'375);
  receive(advert(150));
  EXPECT_EQ(state().cause, Cause::kOutranked);
  EXPECT_EQ(state().unheld, std::nullopt);
  receive(advert(0));
  wake_at(core_.deadline().value());
  wake_at(core_.deadline().value());
  EXPECT_EQ(state().cause, Cause::kReleased);
  EXPECT_EQ(state().unheld, 609'375);
}

TEST_F(Rfc9568Peers, APreemptionLeavesNothingUnheld) {
  begin(config_of({instance()}));
  now_ = kStart + kDown - 500ms;
  receive(advert(50));
  wake_at(kStart + kDown);
  const auto is_master = [](const VrrpAction& action) {
    const auto* const report = std::get_if<Report>(&action);
    if (report == nullptr) return false;
    const auto* const now = std::get_if<RouterState>(report->message.get());
    return now != nullptr && now->cause == Cause::kPreempt && !now->unheld;
  };
  EXPECT_TRUE(std::any_of(actions_.begin(), actions_.end(), is_master));
}

}  // namespace
}  // namespace holdfast::vrrp
