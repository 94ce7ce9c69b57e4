// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "common/core/ip.h"

// Flows, which the kernel goes on to translate as it did with their first packet, and which of them
// it has to forget.
namespace holdfast::balance {

struct Flow {
  Protocol protocol{};
  Endpoint asked;           // where the client sends to
  Endpoint answers;         // where the replies come from
  bool translated = false;  // its destination was changed
  bool operator==(const Flow&) const = default;
};

struct LostFlows {
  ServiceKey service;
  // That is gone. None: those that came while there was no server, and were not translated.
  std::optional<Endpoint> server;
  bool operator==(const LostFlows&) const = default;
};

// From one state of a service to another; null: it is not there.
std::vector<LostFlows> lost_flows(const ServiceKey& key, const Service* before,
                                  const Service* after);

bool is_lost(const Flow& flow, const LostFlows& lost);

}  // namespace holdfast::balance
