// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/ipvs_canonical.h"

#include <algorithm>
#include <array>

namespace holdfast::balance {
namespace {

constexpr std::uint16_t kPacket = 1500;
constexpr std::uint16_t kUdpHeader = 8;
constexpr std::uint16_t kIpv4Header = 20;
constexpr std::uint16_t kIpv6Header = 40;
constexpr std::uint16_t kBackupLengthMin = 1024;
constexpr std::array<std::uint8_t, 4> kSyncGroup{224, 0, 0, 81};
constexpr std::uint16_t kSyncPort = 8848;

}  // namespace

ServiceKey canonical(ServiceKey key) {
  if (key.mark == 0) return key;
  ServiceKey marked;
  marked.family = key.family;
  marked.mark = key.mark;
  return marked;
}

ServiceOptions canonical(ServiceOptions options, Family family) {
  const std::uint8_t host = family == Family::kIpv4 ? 32 : 128;
  if (!options.persistence || options.persistence_prefix >= host) options.persistence_prefix = 0;
  return options;
}

DestinationOptions canonical(DestinationOptions options) {
  if (options.forwarding != Forwarding::kTunnel) {
    options.tunnel = {};
    return options;
  }
  Tunnel& tunnel = options.tunnel;
  switch (tunnel.kind) {
    case TunnelKind::kIpip:
      tunnel = {};
      break;
    case TunnelKind::kGue:
      break;
    case TunnelKind::kGre:
      tunnel.port = 0;
      tunnel.remote_checksum = false;
      break;
  }
  return options;
}

std::uint16_t default_sync_length(const SyncDaemon& daemon) {
  const bool v6 = daemon.group && !daemon.group->address.is_v4();
  const int headers = (v6 ? kIpv6Header : kIpv4Header) + kUdpHeader;
  return static_cast<std::uint16_t>(kPacket - headers);
}

SyncDaemon canonical(SyncRole role, SyncDaemon daemon) {
  if (role == SyncRole::kBackup && daemon.max_length != 0) {
    daemon.max_length = std::max(daemon.max_length, kBackupLengthMin);
  }
  if (daemon.max_length == default_sync_length(daemon)) daemon.max_length = 0;
  if (daemon.ttl == 1) daemon.ttl = 0;
  if (daemon.group && daemon.group->port == 0) daemon.group->port = kSyncPort;
  if (daemon.group == Endpoint{IpAddress::v4(kSyncGroup), kSyncPort}) daemon.group.reset();
  return daemon;
}

IpvsTable canonical(const IpvsTable& table) {
  IpvsTable result;
  for (const auto& [key, service] : table.services) {
    Service& one = result.services[canonical(key)];
    one.options = canonical(service.options, key.family);
    for (const auto& [destination, options] : service.destinations) {
      one.destinations.emplace(destination, canonical(options));
    }
  }
  for (const auto& [role, daemon] : table.sync) result.sync[role] = canonical(role, daemon);
  result.timeouts = table.timeouts;
  result.marks = table.marks;
  result.damaged = table.damaged;
  return result;
}

}  // namespace holdfast::balance
