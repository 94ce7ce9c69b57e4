// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/ipvs_replies.h"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "balance-worker/core/ipvs_canonical.h"
#include "balance-worker/ipvs_requests.h"

namespace holdfast::balance {
namespace {

std::uint16_t port_in(const AttributeSet& attributes, int type) {
  return ntohs(attributes.value<std::uint16_t>(type));
}

// Always as long as IPv6's.
IpAddress address_in(const AttributeSet& attributes, int type, Family family) {
  const auto bytes = attributes.value<std::array<std::uint8_t, 16>>(type);
  if (family == Family::kIpv6) return IpAddress::v6(bytes);
  return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

// The wide counters are there since Linux 4.1.
Traffic traffic_in(const AttributeSet& attributes, int narrow, int wide) {
  const AttributeSet stats = attributes.nest(attributes.has(wide) ? wide : narrow);
  const auto number = [&](int type) {
    const bool is_wide = stats.bytes(type).size() == sizeof(std::uint64_t);
    return is_wide ? stats.value<std::uint64_t>(type) : stats.value<std::uint32_t>(type);
  };
  return {number(IPVS_STATS_ATTR_CONNS),    number(IPVS_STATS_ATTR_INPKTS),
          number(IPVS_STATS_ATTR_OUTPKTS),  number(IPVS_STATS_ATTR_INBYTES),
          number(IPVS_STATS_ATTR_OUTBYTES), number(IPVS_STATS_ATTR_CPS),
          number(IPVS_STATS_ATTR_INPPS),    number(IPVS_STATS_ATTR_OUTPPS),
          number(IPVS_STATS_ATTR_INBPS),    number(IPVS_STATS_ATTR_OUTBPS)};
}

std::optional<Family> family_in(std::uint16_t number) {
  if (number == AF_INET) return Family::kIpv4;
  if (number == AF_INET6) return Family::kIpv6;
  return std::nullopt;
}

ServiceOptions options_in(const AttributeSet& attributes, Family family) {
  ServiceOptions options;
  options.scheduler = attributes.text(IPVS_SVC_ATTR_SCHED_NAME);
  options.persistence_engine = attributes.text(IPVS_SVC_ATTR_PE_NAME);
  const std::uint32_t flags = attributes.value<ip_vs_flags>(IPVS_SVC_ATTR_FLAGS).flags;
  options.scheduler_flag_1 = (flags & IP_VS_SVC_F_SCHED1) != 0;
  options.scheduler_flag_2 = (flags & IP_VS_SVC_F_SCHED2) != 0;
  options.scheduler_flag_3 = (flags & IP_VS_SVC_F_SCHED3) != 0;
  options.one_packet = (flags & IP_VS_SVC_F_ONEPACKET) != 0;
  if ((flags & IP_VS_SVC_F_PERSISTENT) != 0) {
    options.persistence = attributes.value<std::uint32_t>(IPVS_SVC_ATTR_TIMEOUT);
  }
  const auto mask = attributes.value<std::uint32_t>(IPVS_SVC_ATTR_NETMASK);
  const int length = family == Family::kIpv4 ? std::popcount(mask) : static_cast<int>(mask);
  options.persistence_prefix = static_cast<std::uint8_t>(std::clamp(length, 0, 128));
  return canonical(std::move(options), family);
}

std::optional<ServiceIs> service_in(const AttributeSet& top) {
  const AttributeSet attributes = top.nest(IPVS_CMD_ATTR_SERVICE);
  const auto family = family_in(attributes.value<std::uint16_t>(IPVS_SVC_ATTR_AF));
  if (!family) return std::nullopt;
  ServiceIs service;
  service.key.family = *family;
  service.key.mark = attributes.value<std::uint32_t>(IPVS_SVC_ATTR_FWMARK);
  if (service.key.mark == 0) {
    switch (attributes.value<std::uint16_t>(IPVS_SVC_ATTR_PROTOCOL)) {
      case IPPROTO_TCP:
        service.key.protocol = Protocol::kTcp;
        break;
      case IPPROTO_UDP:
        service.key.protocol = Protocol::kUdp;
        break;
      case IPPROTO_SCTP:
        service.key.protocol = Protocol::kSctp;
        break;
      default:
        return std::nullopt;  // Not ours, whoever put it there.
    }
    service.key.endpoint = {address_in(attributes, IPVS_SVC_ATTR_ADDR, *family),
                            port_in(attributes, IPVS_SVC_ATTR_PORT)};
  }
  service.options = options_in(attributes, *family);
  service.ours = (attributes.value<ip_vs_flags>(IPVS_SVC_ATTR_FLAGS).flags & kServiceMark) != 0;
  service.traffic = traffic_in(attributes, IPVS_SVC_ATTR_STATS, IPVS_SVC_ATTR_STATS64);
  return service;
}

DestinationOptions destination_options_in(const AttributeSet& attributes) {
  DestinationOptions options;
  // Anything else the kernel makes of it by itself, such as a server that is this host.
  switch (attributes.value<std::uint32_t>(IPVS_DEST_ATTR_FWD_METHOD) & IP_VS_CONN_F_FWD_MASK) {
    case IP_VS_CONN_F_TUNNEL:
      options.forwarding = Forwarding::kTunnel;
      break;
    case IP_VS_CONN_F_DROUTE:
      options.forwarding = Forwarding::kDirect;
      break;
    default:
      options.forwarding = Forwarding::kMasquerade;
  }
  options.weight = attributes.value<std::uint32_t>(IPVS_DEST_ATTR_WEIGHT);
  options.upper = attributes.value<std::uint32_t>(IPVS_DEST_ATTR_U_THRESH);
  options.lower = attributes.value<std::uint32_t>(IPVS_DEST_ATTR_L_THRESH);
  switch (attributes.value<std::uint8_t>(IPVS_DEST_ATTR_TUN_TYPE)) {
    case IP_VS_CONN_F_TUNNEL_TYPE_GUE:
      options.tunnel.kind = TunnelKind::kGue;
      break;
    case IP_VS_CONN_F_TUNNEL_TYPE_GRE:
      options.tunnel.kind = TunnelKind::kGre;
      break;
    default:
      options.tunnel.kind = TunnelKind::kIpip;
  }
  const auto flags = attributes.value<std::uint16_t>(IPVS_DEST_ATTR_TUN_FLAGS);
  options.tunnel.port = port_in(attributes, IPVS_DEST_ATTR_TUN_PORT);
  options.tunnel.checksum = (flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM) != 0;
  options.tunnel.remote_checksum = (flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM) != 0;
  return canonical(options);
}

std::optional<DestinationIs> destination_in(const AttributeSet& top, Family of) {
  if (!top.has(IPVS_CMD_ATTR_DEST)) return std::nullopt;
  const AttributeSet attributes = top.nest(IPVS_CMD_ATTR_DEST);
  const bool says = attributes.has(IPVS_DEST_ATTR_ADDR_FAMILY);
  const auto family =
      says ? family_in(attributes.value<std::uint16_t>(IPVS_DEST_ATTR_ADDR_FAMILY)) : of;
  if (!family) return std::nullopt;
  return DestinationIs{{address_in(attributes, IPVS_DEST_ATTR_ADDR, *family),
                        port_in(attributes, IPVS_DEST_ATTR_PORT)},
                       destination_options_in(attributes),
                       {attributes.value<std::uint32_t>(IPVS_DEST_ATTR_ACTIVE_CONNS),
                        attributes.value<std::uint32_t>(IPVS_DEST_ATTR_INACT_CONNS),
                        attributes.value<std::uint32_t>(IPVS_DEST_ATTR_PERSIST_CONNS),
                        traffic_in(attributes, IPVS_DEST_ATTR_STATS, IPVS_DEST_ATTR_STATS64)}};
}

std::optional<SyncIs> sync_in(const AttributeSet& top) {
  const AttributeSet attributes = top.nest(IPVS_CMD_ATTR_DAEMON);
  SyncIs sync;
  switch (attributes.value<std::uint32_t>(IPVS_DAEMON_ATTR_STATE)) {
    case IP_VS_STATE_MASTER:
      sync.role = SyncRole::kMaster;
      break;
    case IP_VS_STATE_BACKUP:
      sync.role = SyncRole::kBackup;
      break;
    default:
      return std::nullopt;
  }
  SyncDaemon& daemon = sync.daemon;
  daemon.interface = attributes.text(IPVS_DAEMON_ATTR_MCAST_IFN);
  daemon.id = static_cast<std::uint8_t>(attributes.value<std::uint32_t>(IPVS_DAEMON_ATTR_SYNC_ID));
  daemon.max_length = attributes.value<std::uint16_t>(IPVS_DAEMON_ATTR_SYNC_MAXLEN);
  daemon.ttl = attributes.value<std::uint8_t>(IPVS_DAEMON_ATTR_MCAST_TTL);
  const auto port = attributes.value<std::uint16_t>(IPVS_DAEMON_ATTR_MCAST_PORT);
  if (attributes.has(IPVS_DAEMON_ATTR_MCAST_GROUP6)) {
    daemon.group = {address_in(attributes, IPVS_DAEMON_ATTR_MCAST_GROUP6, Family::kIpv6), port};
  } else if (attributes.has(IPVS_DAEMON_ATTR_MCAST_GROUP)) {
    const auto bytes = attributes.value<std::array<std::uint8_t, 4>>(IPVS_DAEMON_ATTR_MCAST_GROUP);
    daemon.group = {IpAddress::v4(bytes), port};
  }
  sync.daemon = canonical(sync.role, std::move(daemon));
  return sync;
}

TimeoutsAre timeouts_in(const AttributeSet& top) {
  return {{top.value<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP),
           top.value<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN),
           top.value<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_UDP)}};
}

template <typename T>
std::optional<Reply> some(std::optional<T> content) {
  if (!content) return std::nullopt;
  return Reply{std::move(*content)};
}

}  // namespace

std::optional<std::uint16_t> family_type_in(const GenericMessage& message) {
  if (message.type != GENL_ID_CTRL || message.command != CTRL_CMD_NEWFAMILY) return std::nullopt;
  return message.attributes.value<std::uint16_t>(CTRL_ATTR_FAMILY_ID);
}

std::optional<Reply> reply_in(const GenericMessage& message, Family of) {
  switch (message.command) {
    case IPVS_CMD_NEW_SERVICE:
      return some(service_in(message.attributes));
    case IPVS_CMD_NEW_DEST:
      return some(destination_in(message.attributes, of));
    case IPVS_CMD_NEW_DAEMON:
      return some(sync_in(message.attributes));
    case IPVS_CMD_SET_CONFIG:
      return Reply{timeouts_in(message.attributes)};
    default:
      return std::nullopt;
  }
}

}  // namespace holdfast::balance
