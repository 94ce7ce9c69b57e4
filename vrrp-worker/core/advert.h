// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::vrrp {

inline constexpr std::uint8_t kVrrpProtocol = 112;
inline constexpr std::uint8_t kVrrpTtl = 255;

// A VRRP advertisement (RFC 9568 §5.2; RFC 3768 §5.3 for version 2).
struct Advert {
  VrrpVersion version = VrrpVersion::k3;
  Vrid vrid;
  Priority priority;
  Duration interval{0};  // on the wire v3: centiseconds, 12 bits; v2: seconds, 8 bits
  std::uint8_t authentication_type = 0;               // v2 only; 0: none, 1: a password in clear
  std::array<std::uint8_t, 8> authentication_data{};  // v2 only: the password, filled with zeros
  std::vector<IpAddress> addresses;                   // at most 255, of the datagram's family
  bool operator==(const Advert&) const = default;
};

// What came out of a raw socket: a VRRP message and what its IP header said.
struct Datagram {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = 0;                   // or hop limit
  std::span<const std::uint8_t> payload;  // from the VRRP header on
  Duration age{0};                        // since the kernel received it
};

// The VRRP message. Addresses and checksum are those of the family of `source`; `form` matters to
// version 3 over IPv4 only.
std::vector<std::uint8_t> encode_advert(const Advert& advert, ChecksumForm form,
                                        const IpAddress& source, const IpAddress& destination);

// How many bytes a VRRP message has by its own first ones; 0 if they do not say.
std::size_t message_size(std::span<const std::uint8_t> bytes, Family family);

struct TtlRange {
  std::uint8_t min = kVrrpTtl;
  std::uint8_t max = kVrrpTtl;
};

// The checks of RFC 9568 §7.1 that need no configuration, in its order: TTL, version, type,
// length, checksum (for v3 over IPv4 in either form).
tl::expected<Advert, Rejection> decode_advert(const Datagram& datagram, TtlRange ttl = {});

// Takes the IPv4 header off a packet; nothing if it is not a whole, unfragmented VRRP packet.
std::optional<Datagram> parse_ipv4_packet(std::span<const std::uint8_t> packet);

}  // namespace holdfast::vrrp
