// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/hmac_sha256.h"
#include "tests/unit/vrrp/core_support.h"

namespace holdfast::vrrp {
namespace {

using Mode = AuthenticationMode;

const std::string kKeyBytes(32, 'k');
const std::string kOtherBytes(32, 'o');
constexpr Duration kAhead{1'800'000'000s};  // of real time, when a test begins
const Secret kSecret{"file /key", kKeyBytes};

InstanceConfig signed_instance(Mode mode = Mode::kEnforce) {
  InstanceConfig config = instance();
  config.hmac = HmacConfig{mode, 5s, {{1, "/key", ""}}};
  return config;
}

class VrrpCoreAuthenticationTest : public VrrpCoreTest {
 protected:
  VrrpCoreAuthenticationTest() : peer_(&hmac_sha256) {
    core_ = VrrpCore{&hmac_sha256};
    handle(RealTimeAhead{kAhead});
    peer_.configure(Mode::kEnforce, 5s, {{1, {kKeyBytes.begin(), kKeyBytes.end()}}});
  }

  // A backup of this configuration, with its key.
  void be_backup(const InstanceConfig& config) {
    handle(kSecret);
    handle(config_of({config}));
    handle(LinkChanged{eth0()});
    handle(Begin{});
  }
  RealTime real_time() const { return RealTime{now_.time_since_epoch() + kAhead}; }

  Bytes signed_message(const Advert& advert) {
    Bytes message = encoded(advert, kPeer);
    const Bytes trailer = peer_.sign(kPeer, vrrp_group(Family::kIpv4), message, real_time());
    message.insert(message.end(), trailer.begin(), trailer.end());
    return message;
  }
  Datagram sent() const {
    for (const VrrpAction& action : actions_) {
      if (const auto* packet = std::get_if<SendPacket>(&action)) {
        return {packet->source, packet->destination, packet->ttl, packet->payload};
      }
    }
    ADD_FAILURE() << "nothing was sent";
    return {};
  }
  AdvertCounters counters() {
    pass(10s);
    return last_counters_;
  }
  void pass(Duration duration) {
    const Time until = now_ + duration;
    while (core_.deadline() && *core_.deadline() <= until) {
      wake_when_due();
      for (const VrrpAction& action : actions_) {
        const auto* report = std::get_if<Report>(&action);
        if (report == nullptr) continue;
        if (const auto* told = std::get_if<AdvertCounters>(report->message.get()))
          last_counters_ = *told;
      }
    }
    now_ = until;
  }
  std::uint64_t rejected(Rejection rejection) {
    return counters().rejected.at(static_cast<std::size_t>(rejection));
  }

  Authenticator peer_;
  AdvertCounters last_counters_;
};

TEST_F(VrrpCoreAuthenticationTest, ASignedAdvertIsBelieved) {
  be_backup(signed_instance());
  now_ += 1s;
  receive(signed_message(advert(200)));
  EXPECT_EQ(core_.deadline(), now_ + kDown) << "its turn is put off";
}

TEST_F(VrrpCoreAuthenticationTest, WhatIsRefusedPutsNothingOff) {
  Bytes forged = signed_message(advert(200));
  forged.back() = static_cast<std::uint8_t>(forged.back() ^ 1U);
  for (const Bytes& message : {encoded(advert(200), kPeer), forged, encoded(advert(0), kPeer)}) {
    core_ = VrrpCore{&hmac_sha256};
    now_ = kStart;
    handle(RealTimeAhead{kAhead});
    be_backup(signed_instance());
    for (; now_ < kStart + 3s; now_ += 1s) receive(message);
    wake_at(kStart + kDown);
    EXPECT_EQ(sent().source, kSource) << "it takes over as if nobody had spoken";
  }
}

TEST_F(VrrpCoreAuthenticationTest, RefusalsAreNamedAndCounted) {
  be_backup(signed_instance());
  EXPECT_EQ(receive(encoded(advert(200), kPeer)),
            Lines{"warning one: refused an advert from 198.51.100.2: unsigned (1 so far)"});
  const Bytes good = signed_message(advert(200));
  receive(good);
  EXPECT_EQ(receive(good),
            Lines{"warning one: refused an advert from 198.51.100.2: replay (1 so far)"});
  Bytes forged = signed_message(advert(200));
  forged[2] = 201;
  receive(with_checksum({forged.begin(), forged.begin() + 12}));  // without its trailer
  const AdvertCounters counted = counters();
  EXPECT_EQ(counted.rejected.at(static_cast<std::size_t>(Rejection::kUnsigned)), 2U);
  EXPECT_EQ(counted.rejected.at(static_cast<std::size_t>(Rejection::kReplay)), 1U);
  EXPECT_EQ(counted.received, 1U);
  EXPECT_EQ(counted.unauthenticated, 0U);
}

// An owner answers a foreign advert by announcing its addresses: not a stranger's.
TEST_F(VrrpCoreAuthenticationTest, AnOwnerDoesNotAnswerAStranger) {
  InstanceConfig owner = signed_instance();
  owner.priority = kPriorityOwner;
  be_backup(owner);
  pass(10s);
  EXPECT_EQ(receive(encoded(advert(200), kPeer)),
            Lines{"warning one: refused an advert from 198.51.100.2: unsigned (1 so far)"});
}

TEST_F(VrrpCoreAuthenticationTest, WhoHasNoKeysRefusesASignedAdvert) {
  be_backup(instance());
  receive(signed_message(advert(200)));
  EXPECT_EQ(rejected(Rejection::kAuthentication), 1U);
}

TEST_F(VrrpCoreAuthenticationTest, OnTheWayUnsignedAdvertsAreTakenAndCounted) {
  for (const Mode mode : {Mode::kReceiveOnly, Mode::kPermissive}) {
    core_ = VrrpCore{&hmac_sha256};
    handle(RealTimeAhead{kAhead});
    be_backup(signed_instance(mode));
    EXPECT_EQ(receive(encoded(advert(200), kPeer)),
              Lines{"info one: took an unsigned advert from 198.51.100.2 (1 so far)"});
    receive(signed_message(advert(200)));
    const AdvertCounters counted = counters();
    EXPECT_EQ(counted.received, 2U);
    EXPECT_EQ(counted.unauthenticated, 1U);
  }
}

TEST_F(VrrpCoreAuthenticationTest, WhetherItSignsIsTheModes) {
  for (const Mode mode : {Mode::kReceiveOnly, Mode::kPermissive, Mode::kEnforce}) {
    core_ = VrrpCore{&hmac_sha256};
    now_ = kStart;
    handle(RealTimeAhead{kAhead});
    be_backup(signed_instance(mode));
    wake_at(kStart + kDown);
    Datagram packet = sent();
    const Trailer trailer = take_trailer(packet);
    EXPECT_EQ(trailer.empty(), mode == Mode::kReceiveOnly);
    if (!trailer.empty()) {
      Authenticator fresh = peer_;
      EXPECT_TRUE(fresh.verify(packet, trailer, real_time()));
    }
    EXPECT_TRUE(decode_advert(packet));
  }
}

TEST_F(VrrpCoreAuthenticationTest, EachUnicastPeerGetsItsOwnSignature) {
  InstanceConfig config = signed_instance();
  config.unicast = UnicastConfig{{{kPeer, 255, 255}, {ip("198.51.100.3"), 255, 255}}, 255};
  be_backup(config);
  wake_at(kStart + kDown);
  int packets = 0;
  for (const VrrpAction& action : actions_) {
    const auto* packet = std::get_if<SendPacket>(&action);
    if (packet == nullptr) continue;
    ++packets;
    Datagram datagram{packet->source, packet->destination, packet->ttl, packet->payload};
    const Trailer trailer = take_trailer(datagram);
    EXPECT_TRUE(peer_.verify(datagram, trailer, real_time()));
  }
  EXPECT_EQ(packets, 2);
}

// The same document, but its key file holds another key: what a reload is for.
TEST_F(VrrpCoreAuthenticationTest, AReloadTakesTheKeysThatAreToldBeforeIt) {
  be_backup(signed_instance());
  handle(Secret{kSecret.name, kOtherBytes});
  EXPECT_EQ(handle(config_of({signed_instance()})),
            Lines{"info one: authentication with the keys 1, enforce"});
  receive(signed_message(advert(200)));
  EXPECT_EQ(rejected(Rejection::kSignature), 1U);
  handle(kSecret);
  handle(config_of({signed_instance()}));
  receive(signed_message(advert(200)));
  EXPECT_EQ(counters().received, 1U);
}

TEST_F(VrrpCoreAuthenticationTest, AReloadOfTheSameKeysSaysNothingAndForgetsNothing) {
  be_backup(signed_instance());
  const Bytes good = signed_message(advert(200));
  receive(good);
  handle(kSecret);
  EXPECT_EQ(handle(config_of({signed_instance()})), Lines{});
  receive(good);
  EXPECT_EQ(rejected(Rejection::kReplay), 1U);
}

// Who leaves the configuration holds on until its heir is heard, and a stranger is no heir.
TEST_F(VrrpCoreAuthenticationTest, OnlyASignedHeirIsOne) {
  be_backup(signed_instance());
  wake_at(kStart + kDown);
  handle(config_of({}));
  receive(encoded(advert(200), kPeer));
  wake_at(now_ + Router::kHeirAnnounces);
  EXPECT_EQ(core_.listening(), listening_on(2)) << "it still holds the addresses";
  receive(signed_message(advert(200)));
  wake_at(now_ + Router::kHeirAnnounces);
  EXPECT_EQ(core_.listening(), Listening{});
}

TEST_F(VrrpCoreAuthenticationTest, ClocksThatDriftApartAreReportedBeforeTheyMatter) {
  be_backup(signed_instance());
  now_ += 1s;
  const Time here = now_;
  now_ += 3s;  // there
  const Bytes early = signed_message(advert(200));
  now_ = here;
  EXPECT_EQ(receive(early), Lines{"warning one: the clock of 198.51.100.2 is 3.000 s ahead; its "
                                  "adverts will be refused at 5.000 s"});
}

TEST_F(VrrpCoreAuthenticationTest, APasswordIsSentAndItsWorthlessnessSaidOnce) {
  InstanceConfig config = instance();
  config.version = VrrpVersion::k2;
  config.password = "secret";
  const Lines lines = handle(config_of({config}));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find("warning one: authentication by password protects nothing"), 0U);
  EXPECT_EQ(lines[0].find("secret"), std::string::npos);
  handle(LinkChanged{eth0()});
  handle(Begin{});
  EXPECT_EQ(handle(config_of({config})), Lines{});
  while (wake_when_due().empty() || !std::holds_alternative<SendPacket>(actions_[0])) {
  }
  const auto said = decode_advert(sent());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->authentication_type, 1);
  EXPECT_EQ(said->authentication_data,
            (std::array<std::uint8_t, 8>{'s', 'e', 'c', 'r', 'e', 't', 0, 0}));
}

}  // namespace
}  // namespace holdfast::vrrp
