// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/core/ip.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::simulator {

inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;

// What the kernel puts before a VRRP message, by the family of its source. The header checksum of
// IPv4 stays zero: no receiver of a raw socket ever sees a wrong one.
inline std::vector<std::uint8_t> ip_packet(const IpAddress& source, const IpAddress& destination,
                                           std::uint8_t ttl,
                                           std::span<const std::uint8_t> payload) {
  const auto high = [](std::size_t size) { return static_cast<std::uint8_t>(size >> 8U); };
  const auto low = [](std::size_t size) { return static_cast<std::uint8_t>(size & 0xffU); };
  const std::size_t header = source.is_v4() ? kIpv4Header : kIpv6Header;
  std::vector<std::uint8_t> packet(header + payload.size());
  const auto put = [&](const auto& bytes, std::ptrdiff_t at) {
    std::copy(bytes.begin(), bytes.end(), packet.begin() + at);
  };
  if (source.is_v4()) {
    put(std::array<std::uint8_t, 4>{0x45, 0xc0, high(packet.size()), low(packet.size())}, 0);
    put(std::array<std::uint8_t, 2>{ttl, vrrp::kVrrpProtocol}, 8);
    put(source.bytes(), 12);
    put(destination.bytes(), 16);
  } else {
    put(std::array<std::uint8_t, 1>{0x60}, 0);
    put(std::array<std::uint8_t, 4>{high(payload.size()), low(payload.size()), vrrp::kVrrpProtocol,
                                    ttl},
        4);
    put(source.bytes(), 8);
    put(destination.bytes(), 24);
  }
  put(payload, static_cast<std::ptrdiff_t>(header));
  return packet;
}

// The reverse, as the worker's receiver does it: of IPv6 the kernel takes the header off.
inline std::optional<vrrp::Datagram> parse_ip_packet(std::span<const std::uint8_t> packet) {
  constexpr std::uint8_t kVersion6 = 6;
  if (packet.empty() || packet[0] >> 4U != kVersion6) return vrrp::parse_ipv4_packet(packet);
  if (packet.size() < kIpv6Header || packet[6] != vrrp::kVrrpProtocol) return std::nullopt;
  const auto address_at = [&](std::ptrdiff_t at) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(packet.begin() + at, bytes.size(), bytes.begin());
    return IpAddress::v6(bytes);
  };
  return vrrp::Datagram{address_at(8), address_at(24), packet[7], packet.subspan(kIpv6Header)};
}

}  // namespace holdfast::simulator
