// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "common/core/ip.h"

namespace holdfast {

// What the kernel keeps of an address beside its prefix. Label, broadcast and scope are IPv4's.
struct AddressTraits {
  std::string label;                   // DEVICE:TEXT, at most 15 bytes; empty: the device's name
  std::optional<IpAddress> broadcast;  // none: the kernel has none
  std::optional<IpAddress> peer;       // the other end; the prefix length is that of its network
  std::uint8_t scope = 0;              // as in rt_scope_t; 0: global
  auto operator<=>(const AddressTraits&) const = default;
};

// An address that an instance holds while it is master, or that is static.
struct VirtualAddress : IpPrefix {
  VirtualAddress() = default;
  // Implicit: most addresses are no more than this.
  VirtualAddress(const IpPrefix& prefix) : IpPrefix(prefix) {}
  VirtualAddress(const IpAddress& host, std::uint8_t bits) : IpPrefix{host, bits} {}

  const IpPrefix& prefix() const { return *this; }
  auto operator<=>(const VirtualAddress&) const = default;
  bool operator==(const VirtualAddress&) const = default;
  bool operator==(const IpPrefix& other) const { return prefix() == other; }

  std::string device;  // empty: the instance's interface
  AddressTraits traits;
  bool track = true;  // put back when somebody takes it away; its device must be there
};

}  // namespace holdfast
