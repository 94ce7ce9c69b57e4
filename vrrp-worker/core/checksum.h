// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/core/ip.h"

namespace holdfast::vrrp {

// The Internet checksum (RFC 1071), folded only at the end.
class Checksum {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
      sum_ += static_cast<std::uint32_t>(bytes[i] << 8U | bytes[i + 1]);
    }
    if (bytes.size() % 2 != 0) sum_ += static_cast<std::uint32_t>(bytes.back()) << 8U;
  }
  // Of IPv6 (RFC 8200 §8.1), and the like of IPv4. At most 65,535 bytes.
  void add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                         std::uint8_t protocol, std::size_t size) {
    add(source.bytes());
    add(destination.bytes());
    sum_ += protocol + static_cast<std::uint32_t>(size);
  }
  std::uint16_t value() const {
    std::uint32_t sum = sum_;
    while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xffffU);
  }

 private:
  std::uint32_t sum_ = 0;
};

}  // namespace holdfast::vrrp
