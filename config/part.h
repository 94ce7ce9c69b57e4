// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/core/messages.h"

namespace holdfast {

// How much of the configuration a process is handed.
enum class Part : std::uint8_t {
  kWhole,
  kWithoutServers,  // all but `virtual_servers`, and the checks of their servers
  kWithoutChecks,   // all but the checks of their servers
};

inline constexpr std::size_t kParts = 3;

constexpr Part part_for(Role role) {
  switch (role) {
    case Role::kVrrp:  // knows them by what the balance-worker says
    case Role::kWitness:
      return Part::kWithoutServers;
    case Role::kBalance:  // is told what the check-worker says
      return Part::kWithoutChecks;
    case Role::kCheck:
    case Role::kMonitor:
    case Role::kAlert:
      break;
  }
  return Part::kWhole;
}

}  // namespace holdfast
