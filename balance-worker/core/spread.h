// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "balance-worker/core/ipvs_table.h"

// How nf_tables, which has no schedulers, spreads connections: each gets a number, and the number
// leads to a server.
namespace holdfast::balance {

enum class Numbering : std::uint8_t {
  kTurns,  // 0, 1, 2... and again from 0
  kRandom,
  kSource,       // a hash of the client's address
  kSourcePort,   // and of its port
  kDestination,  // a hash of the address that it asked for
};

struct Slot {
  std::uint32_t first = 0;  // the number from which on, until that of the next slot
  Endpoint server;
  bool operator==(const Slot&) const = default;
};

struct Spread {
  Numbering numbering{};
  std::uint32_t numbers = 0;  // so many, from 0; 0: there is no server
  std::vector<Slot> slots;    // ascending, from 0; neighbours lead to different servers
  bool operator==(const Spread&) const = default;
};

// Of a scheduler that can_spread().
Spread spread_of(const ServiceOptions& options, const Destinations& destinations);
bool can_spread(const std::string& scheduler);

}  // namespace holdfast::balance
