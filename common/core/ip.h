// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace holdfast {

enum class Family : std::uint8_t { kIpv4 = 4, kIpv6 = 6 };

// An IPv4 or IPv6 address, in network byte order. Ordered as RFC 9568 §6.4.3 compares addresses:
// unsigned, most significant byte first.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);
  static Result<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::kIpv4; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), is_v4() ? 4U : 16U}; }
  bool is_unspecified() const;
  bool is_multicast() const;
  bool is_link_local() const;  // 169.254/16 or fe80::/10
  std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::kIpv4;
  std::array<std::uint8_t, 16> bytes_{};
};

// An address with the length of its network, as in 192.0.2.10/24.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // 0..32, or 0..128

  static Result<IpPrefix> parse(std::string_view text);  // no length: a host, /32 or /128
  bool contains(const IpAddress& other) const;
  std::string to_string() const;

  auto operator<=>(const IpPrefix&) const = default;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  // host byte order

  static Result<Endpoint> parse(std::string_view text);  // 192.0.2.1:80, [2001:db8::1]:80
  std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

using MacAddress = std::array<std::uint8_t, 6>;

}  // namespace holdfast
