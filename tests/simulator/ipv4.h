// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "common/core/ip.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::simulator {

// What the kernel puts before a VRRP message. Its header checksum stays zero: no receiver of a raw
// socket ever sees a wrong one.
inline std::vector<std::uint8_t> ipv4_packet(const IpAddress& source, const IpAddress& destination,
                                             std::uint8_t ttl,
                                             std::span<const std::uint8_t> payload) {
  constexpr std::size_t kHeader = 20;
  std::vector<std::uint8_t> packet(kHeader + payload.size());
  packet[0] = 0x45;
  packet[1] = 0xc0;
  packet[2] = static_cast<std::uint8_t>(packet.size() >> 8U);
  packet[3] = static_cast<std::uint8_t>(packet.size() & 0xffU);
  packet[8] = ttl;
  packet[9] = vrrp::kVrrpProtocol;
  std::copy_n(source.bytes().begin(), 4, packet.begin() + 12);
  std::copy_n(destination.bytes().begin(), 4, packet.begin() + 16);
  std::copy(payload.begin(), payload.end(), packet.begin() + kHeader);
  return packet;
}

}  // namespace holdfast::simulator
