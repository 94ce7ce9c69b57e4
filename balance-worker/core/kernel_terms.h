// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "config/config.h"

// The configuration in the kernel's terms, canonical.
namespace holdfast::balance {

std::vector<ServiceKey> keys_of(const VirtualServerConfig& service);
ServiceOptions options_of(const VirtualServerConfig& service);

DestinationOptions destination_of(const RealServerConfig& server, std::uint32_t weight);
DestinationOptions destination_of(const SorryServerConfig& server);

Timeouts timeouts_of(const LoadBalancingConfig& config);
SyncDaemon sync_daemon_of(const SyncConfig& config, SyncRole role);

}  // namespace holdfast::balance
