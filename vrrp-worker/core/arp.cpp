// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/arp.h"

#include "common/core/result.h"

namespace holdfast::vrrp {

std::vector<std::uint8_t> gratuitous_arp(const MacAddress& mac, const IpAddress& address) {
  HF_CHECK(address.is_v4());
  std::vector<std::uint8_t> frame;
  frame.reserve(42);
  const auto append = [&frame](const auto& bytes) {
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  };
  frame.insert(frame.end(), 6, 0xff);
  append(mac);
  // EtherType ARP; hardware Ethernet, protocol IPv4, their lengths; request.
  append(std::array<std::uint8_t, 10>{0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01});
  append(mac);
  append(address.bytes());
  frame.insert(frame.end(), 6, 0x00);
  append(address.bytes());
  return frame;
}

}  // namespace holdfast::vrrp
