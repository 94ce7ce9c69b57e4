// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "config/config.h"

// The configuration in the kernel's terms, canonical.
namespace holdfast::balance {

using VirtualServers = std::vector<const VirtualServerConfig*>;  // none null

// The addresses or marks of a virtual server, each of which is a service, unless it is one service.
std::vector<ServiceKey> addresses_of(const VirtualServerConfig& service);
// Its services. `marks`: of those that are one, by their names; without one there is no service.
using MarksByName = std::map<std::string, std::uint32_t, std::less<>>;
std::vector<ServiceKey> keys_of(const VirtualServerConfig& service, const MarksByName& marks);
ServiceOptions options_of(const VirtualServerConfig& service);

DestinationOptions destination_of(const RealServerConfig& server, std::uint32_t weight);
DestinationOptions destination_of(const SorryServerConfig& server);

Timeouts timeouts_of(const LoadBalancingConfig& config);
SyncDaemon sync_daemon_of(const SyncConfig& config, SyncRole role);

}  // namespace holdfast::balance
