// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "balance-worker/core/ipvs_table.h"
#include "common/core/ip.h"

// What passes through the kernel's IPVS table, as plain values.
namespace holdfast::balance {

struct Traffic {
  std::uint64_t connections = 0;  // all of these since the service or server was added
  std::uint64_t packets_in = 0;   // from clients
  std::uint64_t packets_out = 0;  // back, as far as they come by here: with masquerading only
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  // In a second, as the kernel estimates them every two.
  std::uint64_t connection_rate = 0;
  std::uint64_t packet_rate_in = 0;
  std::uint64_t packet_rate_out = 0;
  std::uint64_t byte_rate_in = 0;
  std::uint64_t byte_rate_out = 0;
  bool operator==(const Traffic&) const = default;
};

struct DestinationCounters {
  std::uint32_t active = 0;      // connections that are established
  std::uint32_t inactive = 0;    // that begin or end, and all of UDP
  std::uint32_t persistent = 0;  // clients that persistence keeps there
  Traffic traffic;
  bool operator==(const DestinationCounters&) const = default;
};

struct ServiceCounters {
  Traffic traffic;
  std::map<Endpoint, DestinationCounters> destinations;
  bool operator==(const ServiceCounters&) const = default;
};

using Counters = std::map<ServiceKey, ServiceCounters>;

}  // namespace holdfast::balance
