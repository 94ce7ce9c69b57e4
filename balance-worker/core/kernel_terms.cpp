// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/kernel_terms.h"

#include "balance-worker/core/ipvs_canonical.h"

namespace holdfast::balance {
namespace {

Protocol protocol_of(TransportProtocol protocol) {
  switch (protocol) {
    case TransportProtocol::kTcp:
      return Protocol::kTcp;
    case TransportProtocol::kUdp:
      return Protocol::kUdp;
    case TransportProtocol::kSctp:
      return Protocol::kSctp;
  }
  return Protocol::kTcp;
}

Forwarding forwarding_of(ForwardingMethod method) {
  switch (method) {
    case ForwardingMethod::kMasquerade:
      return Forwarding::kMasquerade;
    case ForwardingMethod::kDirect:
      return Forwarding::kDirect;
    case ForwardingMethod::kTunnel:
      return Forwarding::kTunnel;
  }
  return Forwarding::kMasquerade;
}

TunnelKind tunnel_of(TunnelType type) {
  switch (type) {
    case TunnelType::kIpip:
      return TunnelKind::kIpip;
    case TunnelType::kGue:
      return TunnelKind::kGue;
    case TunnelType::kGre:
      return TunnelKind::kGre;
  }
  return TunnelKind::kIpip;
}

void forward(const ForwardingConfig& config, DestinationOptions& options) {
  options.forwarding = forwarding_of(config.method);
  if (options.forwarding != Forwarding::kTunnel) return;
  options.tunnel = {tunnel_of(config.tunnel), config.port, config.checksum, config.remote_checksum};
}

}  // namespace

std::vector<ServiceKey> addresses_of(const VirtualServerConfig& service) {
  std::vector<ServiceKey> keys;
  for (const ServiceAddress& one : service.addresses) {
    if (one.mark != 0) {
      keys.push_back({one.family, one.mark, {}, {}});
    } else {
      keys.push_back({one.family, 0, protocol_of(service.protocol), one.endpoint});
    }
  }
  return keys;
}

std::vector<ServiceKey> keys_of(const VirtualServerConfig& service, const MarksByName& marks) {
  if (!service.one_service) return addresses_of(service);
  const auto mark = marks.find(service.name);
  if (mark == marks.end()) return {};
  return {{service.family(), mark->second, {}, {}}};
}

ServiceOptions options_of(const VirtualServerConfig& service) {
  ServiceOptions options;
  options.scheduler = service.scheduler;
  options.scheduler_flag_1 = service.fallback;  // IP_VS_SVC_F_SCHED_SH_FALLBACK, _MH_FALLBACK
  options.scheduler_flag_2 = service.port;      // IP_VS_SVC_F_SCHED_SH_PORT, _MH_PORT
  options.one_packet = service.one_packet;
  options.source_nat = service.source_nat;
  if (service.persistence) {
    options.persistence = service.persistence->timeout;
    options.persistence_prefix = service.persistence->prefix;
    options.persistence_engine = service.persistence->engine;
  }
  return canonical(options, service.family());
}

DestinationOptions destination_of(const RealServerConfig& server, std::uint32_t weight) {
  DestinationOptions options;
  forward(server.forwarding, options);
  options.weight = weight;
  options.upper = server.upper;
  options.lower = server.lower;
  return canonical(options);
}

DestinationOptions destination_of(const SorryServerConfig& server) {
  DestinationOptions options;
  forward(server.forwarding, options);
  return canonical(options);
}

Timeouts timeouts_of(const LoadBalancingConfig& config) {
  return {config.tcp_timeout, config.tcp_fin_timeout, config.udp_timeout};
}

SyncDaemon sync_daemon_of(const SyncConfig& config, SyncRole role) {
  return canonical(role,
                   {config.interface, config.id, config.max_length, config.group, config.ttl});
}

}  // namespace holdfast::balance
