// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::vrrp {

// HMAC-SHA256 of a key and a message: a function of nothing else. A core links no library, so it is
// given the one that there is (common/hmac_sha256.h).
using KeyedHash = std::array<std::uint8_t, 32> (*)(std::span<const std::uint8_t> key,
                                                   std::span<const std::uint8_t> message);

inline constexpr std::size_t kTrailerSize = 28;

// What stands behind a VRRP message in a signed packet; empty in any other.
using Trailer = std::span<const std::uint8_t>;

// Takes the trailer off a datagram's payload, if what follows the VRRP message is one.
Trailer take_trailer(Datagram& datagram);

// Signs and verifies the adverts of one virtual router, in the format of docs/authentication.md.
// Its state is what it signed last and, by sender, what it verified last. Only an advert that was
// signed with a key of ours, now, and for the first time, changes any of it.
class Authenticator {
 public:
  struct Key {
    std::uint8_t id = 0;
    std::vector<std::uint8_t> bytes;
    bool operator==(const Key&) const = default;
  };

  explicit Authenticator(KeyedHash hash) : hash_(hash) {}

  // Keys as in HmacConfig: the first signs. What was signed and verified stays known.
  void configure(AuthenticationMode mode, Duration window, std::vector<Key> keys);
  const std::vector<Key>& keys() const { return keys_; }

  bool signs() const { return mode_ != AuthenticationMode::kReceiveOnly; }
  bool accepts_unsigned() const { return mode_ != AuthenticationMode::kEnforce; }

  // The trailer of a message from `source` to `destination`.
  std::vector<std::uint8_t> sign(const IpAddress& source, const IpAddress& destination,
                                 std::span<const std::uint8_t> message, RealTime now);

  // By how much the sender's clock is ahead of ours, or why the advert is refused: kUnsigned, kKey,
  // kSignature, kStale, kReplay. Nothing: unsigned, and accepted. `datagram` is without `trailer`.
  tl::expected<std::optional<Duration>, Rejection> verify(const Datagram& datagram, Trailer trailer,
                                                          RealTime now);

  Duration window() const { return window_; }

 private:
  using Tag = std::array<std::uint8_t, 16>;

  Tag tag_of(const Key& key, const Datagram& datagram, std::span<const std::uint8_t> head) const;
  RealTime next_sequence(RealTime now);
  void forget_the_stale(RealTime now);

  KeyedHash hash_;
  AuthenticationMode mode_ = AuthenticationMode::kEnforce;
  Duration window_{};
  std::vector<Key> keys_;
  RealTime last_signed_{};
  std::map<IpAddress, RealTime> last_verified_;  // by sender
};

}  // namespace holdfast::vrrp
