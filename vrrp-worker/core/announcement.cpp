// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcement.h"

#include <array>

#include "common/core/result.h"
#include "vrrp-worker/core/checksum.h"

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

std::vector<std::uint8_t> unsolicited_neighbour_advertisement(const MacAddress& mac,
                                                              const IpAddress& address) {
  HF_CHECK(!address.is_v4());
  constexpr std::uint8_t kIcmpv6 = 58;
  const IpAddress all_nodes =
      IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01});
  // Type, code, checksum; the flags R and O; target; option: target link-layer address, 8 bytes.
  std::vector<std::uint8_t> message{136, 0, 0, 0, 0xa0, 0, 0, 0};
  message.insert(message.end(), address.bytes().begin(), address.bytes().end());
  message.insert(message.end(), {2, 1});
  message.insert(message.end(), mac.begin(), mac.end());
  Checksum checksum;
  checksum.add_pseudo_header(address, all_nodes, kIcmpv6, message.size());
  checksum.add(message);
  message[2] = static_cast<std::uint8_t>(checksum.value() >> 8U);
  message[3] = static_cast<std::uint8_t>(checksum.value() & 0xffU);

  std::vector<std::uint8_t> frame;
  frame.reserve(86);
  frame.insert(frame.end(), {0x33, 0x33, 0, 0, 0, 1});
  frame.insert(frame.end(), mac.begin(), mac.end());
  // EtherType; version and class; payload length; next header; hop limit.
  const auto size = static_cast<std::uint8_t>(message.size());
  frame.insert(frame.end(), {0x86, 0xdd, 0x60, 0, 0, 0, 0, size, kIcmpv6, 255});
  frame.insert(frame.end(), address.bytes().begin(), address.bytes().end());
  frame.insert(frame.end(), all_nodes.bytes().begin(), all_nodes.bytes().end());
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

std::vector<std::uint8_t> announcement(const MacAddress& mac, const IpAddress& address) {
  return address.is_v4() ? gratuitous_arp(mac, address)
                         : unsolicited_neighbour_advertisement(mac, address);
}

}  // namespace holdfast::vrrp
