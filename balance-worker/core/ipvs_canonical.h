// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "balance-worker/core/ipvs_table.h"

// The kernel fills in what it was not told, and keeps what does not matter. Of all values that mean
// the same to it there is one, the canonical, in which a table is compared with another: what is
// read from the kernel is canonical, and what is wanted has to be.
namespace holdfast::balance {

// A service by its mark has no protocol and no endpoint.
ServiceKey canonical(ServiceKey key);
// Without persistence there is no prefix; that of a single client, /32 or /128, is 0.
ServiceOptions canonical(ServiceOptions options, Family family);
// Without a tunnel there is none to describe, and each kind has only what belongs to it.
DestinationOptions canonical(DestinationOptions options);
// 0 and none for what a daemon does unless it is told otherwise: packets of at most 1500 bytes, one
// hop far, to 224.0.0.81 and port 8848. A shorter length of a backup is as good as 1024 bytes.
SyncDaemon canonical(SyncRole role, SyncDaemon daemon);

IpvsTable canonical(const IpvsTable& table);

// What a packet of a synchronization daemon may hold if it shall not exceed 1500 bytes.
std::uint16_t default_sync_length(const SyncDaemon& daemon);

}  // namespace holdfast::balance
