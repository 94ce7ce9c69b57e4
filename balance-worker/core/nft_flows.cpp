// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/nft_flows.h"

#include <algorithm>

namespace holdfast::balance {
namespace {

bool serves(const Service* service) {
  return service != nullptr &&
         std::any_of(service->destinations.begin(), service->destinations.end(),
                     [](const auto& one) { return one.second.weight > 0; });
}

bool is_of(const Flow& flow, const ServiceKey& key) {
  if (key.mark != 0) return flow.asked.address.family() == key.family;
  return flow.protocol == key.protocol && flow.asked.address == key.endpoint.address &&
         (key.endpoint.port == 0 || flow.asked.port == key.endpoint.port);
}

}  // namespace

// TCP needs no help when servers come: what was not translated was refused. A flow's mark is not
// known, so of those that came by a mark nothing is forgotten but by its server.
std::vector<LostFlows> lost_flows(const ServiceKey& key, const Service* before,
                                  const Service* after) {
  std::vector<LostFlows> lost;
  if (before != nullptr) {
    for (const auto& [server, options] : before->destinations) {
      if (after == nullptr || !after->destinations.contains(server)) lost.push_back({key, server});
    }
  }
  const bool connectionless = key.mark == 0 && key.protocol == Protocol::kUdp;
  if (connectionless && !serves(before) && serves(after)) lost.push_back({key, std::nullopt});
  return lost;
}

bool is_lost(const Flow& flow, const LostFlows& lost) {
  if (!is_of(flow, lost.service) || flow.translated != lost.server.has_value()) return false;
  if (!lost.server) return true;
  return flow.answers.address == lost.server->address &&
         (lost.server->port == 0 || flow.answers.port == lost.server->port);
}

}  // namespace holdfast::balance
