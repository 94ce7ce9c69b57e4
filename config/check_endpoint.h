// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "common/core/ip.h"

namespace holdfast {

// A name that is to be looked up.
struct HostName {
  std::string name;  // is_host_name()
  Family family = Family::kIpv4;
  auto operator<=>(const HostName&) const = default;
};

// Whom a check asks: an address and a port, or the name of a host and a port. Of a name the address
// is the unspecified one of the family that is looked up, until the check-worker puts in what it
// has found.
struct CheckEndpoint : Endpoint {
  std::string host;  // is_host_name(); empty: an address

  CheckEndpoint() = default;
  CheckEndpoint(const Endpoint& endpoint) : Endpoint(endpoint) {}  // NOLINT: it is one
  CheckEndpoint(const IpAddress& of, std::uint16_t at_port) : Endpoint{of, at_port} {}

  HostName host_name() const { return {host, address.family()}; }
  std::string place() const { return host.empty() ? address.to_string() : host; }
  std::string to_string() const {
    return host.empty() ? Endpoint::to_string() : host + ":" + std::to_string(port);
  }

  auto operator<=>(const CheckEndpoint&) const = default;
};

}  // namespace holdfast
