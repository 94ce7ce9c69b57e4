// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "balance-worker/core/ipvs_counters.h"
#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/generic_netlink.h"

// What generic netlink's family IPVS (linux/ip_vs.h) answers, all of it canonical
// (core/ipvs_canonical.h).
namespace holdfast::balance {

struct ServiceIs {
  ServiceKey key;
  ServiceOptions options;
  Traffic traffic;
  bool ours = false;  // it carries our mark
};
struct DestinationIs {
  Endpoint destination;
  DestinationOptions options;
  DestinationCounters counters;
};
struct SyncIs {
  SyncRole role{};
  SyncDaemon daemon;
};
struct TimeoutsAre {
  Timeouts timeouts;
};

using Reply = std::variant<ServiceIs, DestinationIs, SyncIs, TimeoutsAre>;

// Of a message of the family; nothing: it is about what this program knows nothing of. Destinations
// are `of` this family unless they say which they are of (Linux before 3.18 does not).
std::optional<Reply> reply_in(const GenericMessage& message, Family of);

// The type of the family, if the message tells.
std::optional<std::uint16_t> family_type_in(const GenericMessage& message);

}  // namespace holdfast::balance
