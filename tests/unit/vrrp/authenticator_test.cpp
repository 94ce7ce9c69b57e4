// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/authenticator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/hmac_sha256.h"
#include "tests/unit/vrrp/adverts.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;
using Mode = AuthenticationMode;

constexpr Duration kWindow = 5s;
constexpr RealTime kNow{1'800'000'000s};
const Authenticator::Key kOne{1, Bytes(32, 0x11)};
const Authenticator::Key kTwo{2, Bytes(32, 0x22)};
const IpAddress kThird = IpAddress::v4({198, 51, 100, 3});

Authenticator with(std::vector<Authenticator::Key> keys, Mode mode = Mode::kEnforce) {
  Authenticator authenticator(&hmac_sha256);
  authenticator.configure(mode, kWindow, std::move(keys));
  return authenticator;
}

// The whole payload as `signer` sends it to the group.
Bytes signed_by(Authenticator& signer, RealTime now, Bytes message = kKeepalivedV3,
                const IpAddress& source = kSource) {
  const Bytes trailer = signer.sign(source, vrrp_group(source.family()), message, now);
  message.insert(message.end(), trailer.begin(), trailer.end());
  return message;
}

// "accepted", "unsigned" if that is accepted, or why it is refused.
std::string verdict(Authenticator& receiver, const Bytes& payload, RealTime now,
                    const IpAddress& source = kSource,
                    std::optional<IpAddress> destination = std::nullopt) {
  Datagram packet = datagram(payload, source);
  if (destination) packet.destination = *destination;
  const Trailer trailer = take_trailer(packet);
  const auto verified = receiver.verify(packet, trailer, now);
  if (!verified) return std::string{to_string(verified.error())};
  return *verified ? "accepted" : "unsigned";
}

TEST(Authenticator, AcceptsWhatIsSignedWithItsKey) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  for (const Bytes& message : {kKeepalivedV3, kKeepalivedV2}) {
    EXPECT_EQ(verdict(receiver, signed_by(signer, kNow, message), kNow), "accepted");
  }
  Authenticator receiver6 = with({kOne});
  EXPECT_EQ(verdict(receiver6, signed_by(signer, kNow, kIpv6, kSource6), kNow, kSource6),
            "accepted");
}

// Written from docs/authentication.md with Python's hmac, apart from the code here:
//   hmac.new(b"\x11" * 32, b"holdfast vrrp 1\n" + b"\x04" + source + destination + message + head)
TEST(Authenticator, TheFormatIsTheOneThatIsDocumented) {
  Authenticator signer = with({kOne});
  EXPECT_EQ(signed_by(signer, kNow), hex("31 33 96 02 0064 a987 c000020a c000020b"
                                         "48 01 01 00 0006651728988000"
                                         "e41308d1672f74be39f641e45fc8aae8"));
}

TEST(Authenticator, TheVrrpMessageStandsUnchangedBeforeTheTrailer) {
  Authenticator signer = with({kOne});
  const Bytes payload = signed_by(signer, kNow);
  Datagram packet = datagram(payload);
  EXPECT_EQ(take_trailer(packet).size(), kTrailerSize);
  EXPECT_EQ(decode_advert(packet), v3_advert());
}

TEST(Authenticator, AnyOtherEndOfAPacketIsNoTrailer) {
  Authenticator signer = with({kOne});
  const Bytes good = signed_by(signer, kNow);
  const auto is_left_alone = [](const Bytes& payload) {
    Datagram packet = datagram(payload);
    return take_trailer(packet).empty() && packet.payload.size() == payload.size();
  };
  EXPECT_TRUE(is_left_alone({}));
  EXPECT_TRUE(is_left_alone(kKeepalivedV3));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_TRUE(is_left_alone({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_TRUE(is_left_alone(longer));
  Bytes other_kind = good;
  other_kind[kKeepalivedV3.size()] = 'h';
  EXPECT_TRUE(is_left_alone(other_kind));
  Bytes later_format = good;
  later_format[kKeepalivedV3.size() + 1] = 2;
  EXPECT_TRUE(is_left_alone(later_format));
}

// A bit of the message, of the reserved byte, of the sequence or of the tag.
TEST(Authenticator, RefusesAnyChangedBit) {
  Authenticator signer = with({kOne});
  const Bytes good = signed_by(signer, kNow);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    Authenticator receiver = with({kOne});
    const std::string why = verdict(receiver, changed, kNow);
    // Without what makes it a trailer, or the count that says where it begins, it is unsigned.
    EXPECT_TRUE(why == "signature" || why == "key" || why == "unsigned") << bit << ": " << why;
    EXPECT_EQ(verdict(receiver, good, kNow), "accepted") << "changed by bit " << bit;
  }
}

TEST(Authenticator, RefusesAnotherSourceAndAnotherDestination) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  const Bytes payload = signed_by(signer, kNow);
  EXPECT_EQ(verdict(receiver, payload, kNow, kThird), "signature");
  EXPECT_EQ(verdict(receiver, payload, kNow, kSource, kThird), "signature");
  EXPECT_EQ(verdict(receiver, payload, kNow), "accepted");
}

TEST(Authenticator, RefusesAnUnknownKeyAndAnotherOneOfTheSameId) {
  Authenticator receiver = with({kOne});
  Authenticator stranger = with({kTwo});
  EXPECT_EQ(verdict(receiver, signed_by(stranger, kNow), kNow), "key");
  Authenticator impostor = with({{1, Bytes(32, 0x12)}});
  EXPECT_EQ(verdict(receiver, signed_by(impostor, kNow), kNow), "signature");
}

TEST(Authenticator, RefusesAReplayAndWhatWasOvertaken) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  const Bytes first = signed_by(signer, kNow);
  const Bytes second = signed_by(signer, kNow + 1ms);
  EXPECT_EQ(verdict(receiver, second, kNow + 1ms), "accepted");
  EXPECT_EQ(verdict(receiver, second, kNow + 2ms), "replay");
  EXPECT_EQ(verdict(receiver, first, kNow + 2ms), "replay");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 3ms), kNow + 3ms), "accepted");
}

TEST(Authenticator, EachSenderHasItsOwnCount) {
  Authenticator signer = with({kOne});
  Authenticator other = with({kOne});
  Authenticator receiver = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1s), kNow), "accepted");
  EXPECT_EQ(verdict(receiver, signed_by(other, kNow, kKeepalivedV3, kThird), kNow, kThird),
            "accepted");
}

TEST(Authenticator, TwoInOneMicrosecondAreInOrder) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), kNow), "accepted");
  }
}

TEST(Authenticator, TheWindowIsOpenAtItsEdgesAndClosedBeyond) {
  const Bytes payload = [] {
    Authenticator signer = with({kOne});
    return signed_by(signer, kNow);
  }();
  const auto at = [&](RealTime now) {
    Authenticator receiver = with({kOne});
    return verdict(receiver, payload, now);
  };
  EXPECT_EQ(at(kNow + kWindow), "accepted");
  EXPECT_EQ(at(kNow + kWindow + 1us), "stale");
  EXPECT_EQ(at(kNow - kWindow), "accepted");
  EXPECT_EQ(at(kNow - kWindow - 1us), "stale");
}

TEST(Authenticator, SaysHowFarTheClocksAreApart) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  const Bytes payload = signed_by(signer, kNow + 3s);
  Datagram packet = datagram(payload);
  const Trailer trailer = take_trailer(packet);
  EXPECT_EQ(receiver.verify(packet, trailer, kNow).value().value(), 3s);
}

TEST(Authenticator, AClockBeforeItsTimeTakesNoneAndSurvivesAnyCount) {
  Authenticator receiver = with({kOne});
  Authenticator signer = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), RealTime{}), "stale");
  Authenticator young = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(young, RealTime{1s}), RealTime{}), "accepted");
}

// ---- Clocks that are set.

TEST(Authenticator, AClockSetBackALittleGoesOnCounting) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), kNow), "accepted");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow - 4s), kNow + 100ms), "accepted");
}

// One that was an hour ahead, and was not believed, is believed as soon as it is right.
TEST(Authenticator, AClockSetBackFarIsFollowed) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1h), kNow), "stale");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1ms), kNow + 1ms), "accepted");
}

// Both nodes were an hour ahead, and both are set right: they understand each other at once.
TEST(Authenticator, ClocksSetBackTogetherAreFollowed) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1h), kNow + 1h), "accepted");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), kNow), "accepted");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1ms), kNow), "accepted");
}

TEST(Authenticator, ASenderThatRestartsGoesOnWhereItsClockIs) {
  Authenticator receiver = with({kOne});
  for (const Duration later : {0s, 1s, 2s}) {
    Authenticator signer = with({kOne});
    EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + later), kNow + later), "accepted");
  }
}

// ---- Modes and rotation.

TEST(Authenticator, Modes) {
  struct Row {
    Mode mode;
    bool signs;
    std::string unsigned_advert;
  };
  for (const Row& row :
       {Row{Mode::kReceiveOnly, false, "unsigned"}, Row{Mode::kPermissive, true, "unsigned"},
        Row{Mode::kEnforce, true, "unsigned refused"}}) {
    Authenticator receiver = with({kOne}, row.mode);
    EXPECT_EQ(receiver.signs(), row.signs);
    Datagram packet = datagram(kKeepalivedV3);
    const auto verified = receiver.verify(packet, {}, kNow);
    EXPECT_EQ(verified ? "unsigned" : "unsigned refused", row.unsigned_advert);
    if (!verified) {
      EXPECT_EQ(verified.error(), Rejection::kUnsigned);
    }
    Authenticator signer = with({kOne});
    EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), kNow), "accepted");
    // What is signed badly is refused in every mode: a wrong key shows before it is enforced.
    Authenticator stranger = with({kTwo});
    EXPECT_EQ(verdict(receiver, signed_by(stranger, kNow), kNow), "key");
  }
}

// docs/authentication.md's four steps, and at each of them node A is one ahead of node B.
TEST(Authenticator, KeysAreRotatedWithoutOneRefusal) {
  Authenticator a = with({kOne});
  Authenticator b = with({kOne});
  const std::vector<std::vector<Authenticator::Key>> steps{{kOne, kTwo}, {kTwo, kOne}, {kTwo}};
  RealTime now = kNow;
  const auto hear_each_other = [&] {
    now += 1s;
    EXPECT_EQ(verdict(b, signed_by(a, now), now), "accepted");
    EXPECT_EQ(verdict(a, signed_by(b, now, kKeepalivedV3, kThird), now, kThird), "accepted");
  };
  for (const auto& keys : steps) {
    a.configure(Mode::kEnforce, kWindow, keys);
    hear_each_other();
    b.configure(Mode::kEnforce, kWindow, keys);
    hear_each_other();
  }
  Authenticator old = with({kOne});
  EXPECT_EQ(verdict(a, signed_by(old, now + 1s, kKeepalivedV3, kThird), now, kThird), "key");
}

TEST(Authenticator, NewKeysDoNotMakeAnOldAdvertNew) {
  Authenticator signer = with({kOne});
  Authenticator receiver = with({kOne});
  const Bytes payload = signed_by(signer, kNow);
  EXPECT_EQ(verdict(receiver, payload, kNow), "accepted");
  receiver.configure(Mode::kEnforce, kWindow, {kTwo, kOne});
  EXPECT_EQ(verdict(receiver, payload, kNow), "replay");
}

// ---- A failed verification changes nothing.

TEST(Authenticator, WhatIsRefusedLeavesNoTrace) {
  Authenticator signer = with({kOne});
  Authenticator stranger = with({{1, Bytes(32, 0x12)}});
  Authenticator receiver = with({kOne});
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow), kNow), "accepted");
  // A forged one from the future would shut the true sender out, if it were remembered.
  EXPECT_EQ(verdict(receiver, signed_by(stranger, kNow + 4s), kNow), "signature");
  EXPECT_EQ(verdict(receiver, signed_by(signer, kNow + 1ms), kNow + 1ms), "accepted");
}

}  // namespace
}  // namespace holdfast::vrrp
