// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/ipvs_requests.h"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "balance-worker/core/ipvs_canonical.h"
#include "balance-worker/generic_netlink.h"
#include "common/core/overloaded.h"
#include "common/core/result.h"

namespace holdfast::balance {
namespace {

constexpr std::uint32_t kServiceFlags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_ONEPACKET |
                                        IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_SCHED2 |
                                        IP_VS_SVC_F_SCHED3 | kServiceMark;

std::uint16_t number_of(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

void put_port(RequestWriter& request, int attribute, std::uint16_t port) {
  request.put_value(attribute, htons(port));
}

// Always as long as IPv6's.
void put_address(RequestWriter& request, int attribute, const IpAddress& address) {
  std::array<std::uint8_t, 16> padded{};
  const auto bytes = address.bytes();
  std::copy(bytes.begin(), bytes.end(), padded.begin());
  request.put(attribute, padded);
}

void put_key(RequestWriter& request, const ServiceKey& key) {
  request.put_value(IPVS_SVC_ATTR_AF, number_of(key.family));
  if (key.mark != 0) {
    request.put_value(IPVS_SVC_ATTR_FWMARK, key.mark);
    return;
  }
  request.put_value(IPVS_SVC_ATTR_PROTOCOL, static_cast<std::uint16_t>(key.protocol));
  put_address(request, IPVS_SVC_ATTR_ADDR, key.endpoint.address);
  put_port(request, IPVS_SVC_ATTR_PORT, key.endpoint.port);
}

// A mask in the network's order for IPv4, a length for IPv6.
std::uint32_t netmask_of(const ServiceOptions& options, Family family) {
  const std::uint32_t length = options.persistence_prefix;
  if (family == Family::kIpv6) return length == 0 ? 128 : length;
  return length == 0 || length >= 32 ? ~0U : htonl(~(~0U >> length));
}

void put_options(RequestWriter& request, const ServiceOptions& options, Family family) {
  request.put_text(IPVS_SVC_ATTR_SCHED_NAME, options.scheduler);
  if (!options.persistence_engine.empty()) {
    request.put_text(IPVS_SVC_ATTR_PE_NAME, options.persistence_engine);
  }
  std::uint32_t flags = kServiceMark;
  if (options.persistence) flags |= IP_VS_SVC_F_PERSISTENT;
  if (options.one_packet) flags |= IP_VS_SVC_F_ONEPACKET;
  if (options.scheduler_flag_1) flags |= IP_VS_SVC_F_SCHED1;
  if (options.scheduler_flag_2) flags |= IP_VS_SVC_F_SCHED2;
  if (options.scheduler_flag_3) flags |= IP_VS_SVC_F_SCHED3;
  request.put_value(IPVS_SVC_ATTR_FLAGS, ip_vs_flags{flags, kServiceFlags});
  request.put_value(IPVS_SVC_ATTR_TIMEOUT, options.persistence.value_or(0));
  request.put_value(IPVS_SVC_ATTR_NETMASK, netmask_of(options, family));
}

void put_service(RequestWriter& request, const ServiceKey& key, const ServiceOptions* options) {
  const Nest nest(request, IPVS_CMD_ATTR_SERVICE);
  put_key(request, key);
  if (options != nullptr) put_options(request, *options, key.family);
}

void put_destination(RequestWriter& request, const Endpoint& destination,
                     const DestinationOptions* options) {
  const Nest nest(request, IPVS_CMD_ATTR_DEST);
  put_address(request, IPVS_DEST_ATTR_ADDR, destination.address);
  put_port(request, IPVS_DEST_ATTR_PORT, destination.port);
  request.put_value(IPVS_DEST_ATTR_ADDR_FAMILY, number_of(destination.address.family()));
  if (options == nullptr) return;
  request.put_value(IPVS_DEST_ATTR_FWD_METHOD, static_cast<std::uint32_t>(options->forwarding));
  request.put_value(IPVS_DEST_ATTR_WEIGHT, options->weight);
  request.put_value(IPVS_DEST_ATTR_U_THRESH, options->upper);
  request.put_value(IPVS_DEST_ATTR_L_THRESH, options->lower);
  if (options->forwarding != Forwarding::kTunnel) return;
  const Tunnel& tunnel = options->tunnel;
  const int checksum = tunnel.checksum ? IP_VS_TUNNEL_ENCAP_FLAG_CSUM : 0;
  const int remote = tunnel.remote_checksum ? IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM : 0;
  request.put_value(IPVS_DEST_ATTR_TUN_TYPE, static_cast<std::uint8_t>(tunnel.kind));
  put_port(request, IPVS_DEST_ATTR_TUN_PORT, tunnel.port);
  request.put_value(IPVS_DEST_ATTR_TUN_FLAGS, static_cast<std::uint16_t>(checksum | remote));
}

void put_daemon(RequestWriter& request, SyncRole role, const SyncDaemon* daemon) {
  const Nest nest(request, IPVS_CMD_ATTR_DAEMON);
  request.put_value(IPVS_DAEMON_ATTR_STATE, static_cast<std::uint32_t>(role));
  if (daemon == nullptr) return;
  request.put_text(IPVS_DAEMON_ATTR_MCAST_IFN, daemon->interface);
  request.put_value(IPVS_DAEMON_ATTR_SYNC_ID, static_cast<std::uint32_t>(daemon->id));
  // Left to itself a backup would take what fits its interface, which nobody could tell later.
  request.put_value(IPVS_DAEMON_ATTR_SYNC_MAXLEN,
                    daemon->max_length != 0 ? daemon->max_length : default_sync_length(*daemon));
  if (daemon->ttl != 0) request.put_value(IPVS_DAEMON_ATTR_MCAST_TTL, daemon->ttl);
  if (!daemon->group) return;
  const auto& [address, port] = *daemon->group;
  if (address.is_v4()) {
    request.put(IPVS_DAEMON_ATTR_MCAST_GROUP, address.bytes());
  } else {
    put_address(request, IPVS_DAEMON_ATTR_MCAST_GROUP6, address);
  }
  if (port != 0) request.put_value(IPVS_DAEMON_ATTR_MCAST_PORT, port);  // in the host's order
}

std::uint8_t verb_of(const IpvsCommand& command) {
  return std::visit(Overloaded{[](const AddService&) { return IPVS_CMD_NEW_SERVICE; },
                               [](const EditService&) { return IPVS_CMD_SET_SERVICE; },
                               [](const RemoveService&) { return IPVS_CMD_DEL_SERVICE; },
                               [](const AddDestination&) { return IPVS_CMD_NEW_DEST; },
                               [](const EditDestination&) { return IPVS_CMD_SET_DEST; },
                               [](const RemoveDestination&) { return IPVS_CMD_DEL_DEST; },
                               [](const AddMark&) { return IPVS_CMD_UNSPEC; },
                               [](const RemoveMark&) { return IPVS_CMD_UNSPEC; },
                               [](const Sweep&) { return IPVS_CMD_UNSPEC; },
                               [](const StartSync&) { return IPVS_CMD_NEW_DAEMON; },
                               [](const StopSync&) { return IPVS_CMD_DEL_DAEMON; },
                               [](const SetTimeouts&) { return IPVS_CMD_SET_CONFIG; }},
                    command);
}

void put(RequestWriter& request, const AddService& add) {
  put_service(request, add.key, &add.options);
}
void put(RequestWriter& request, const EditService& edit) {
  put_service(request, edit.key, &edit.options);
}
void put(RequestWriter& request, const RemoveService& remove) {
  put_service(request, remove.key, nullptr);
}
void put(RequestWriter& request, const AddDestination& add) {
  put_service(request, add.service, nullptr);
  put_destination(request, add.destination, &add.options);
}
void put(RequestWriter& request, const EditDestination& edit) {
  put_service(request, edit.service, nullptr);
  put_destination(request, edit.destination, &edit.options);
}
void put(RequestWriter& request, const RemoveDestination& remove) {
  put_service(request, remove.service, nullptr);
  put_destination(request, remove.destination, nullptr);
}
// IPVS has nothing of marks: whoever sends it those has forgotten to take them out.
void put(RequestWriter& /*request*/, const AddMark& /*add*/) {
  HF_CHECK(false);
}
void put(RequestWriter& /*request*/, const RemoveMark& /*remove*/) {
  HF_CHECK(false);
}
void put(RequestWriter& /*request*/, const Sweep& /*sweep*/) {
  HF_CHECK(false);
}
void put(RequestWriter& request, const StartSync& start) {
  put_daemon(request, start.role, &start.daemon);
}
void put(RequestWriter& request, const StopSync& stop) {
  put_daemon(request, stop.role, nullptr);
}
void put(RequestWriter& request, const SetTimeouts& set) {
  const auto& [tcp, tcp_fin, udp] = set.timeouts;
  if (tcp != 0) request.put_value(IPVS_CMD_ATTR_TIMEOUT_TCP, tcp);
  if (tcp_fin != 0) request.put_value(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, tcp_fin);
  if (udp != 0) request.put_value(IPVS_CMD_ATTR_TIMEOUT_UDP, udp);
}

std::vector<std::uint8_t> request_of(std::uint16_t type, std::uint8_t command, int flags,
                                     std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  generic_request(packet, type, command, flags, sequence);
  return packet;
}

}  // namespace

void append_request(std::vector<std::uint8_t>& packet, std::uint16_t type,
                    const IpvsCommand& command, std::uint32_t sequence, bool acknowledge) {
  RequestWriter request =
      generic_request(packet, type, verb_of(command), acknowledge ? NLM_F_ACK : 0, sequence);
  std::visit([&](const auto& one) { put(request, one); }, command);
}

std::vector<std::uint8_t> family_request(std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  generic_request(packet, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK, sequence)
      .put_text(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
  return packet;
}

std::vector<std::uint8_t> services_request(std::uint16_t type, std::uint32_t sequence) {
  return request_of(type, IPVS_CMD_GET_SERVICE, NLM_F_DUMP, sequence);
}

std::vector<std::uint8_t> destinations_request(std::uint16_t type, const ServiceKey& of,
                                               std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = generic_request(packet, type, IPVS_CMD_GET_DEST, NLM_F_DUMP, sequence);
  put_service(request, of, nullptr);
  return packet;
}

std::vector<std::uint8_t> sync_request(std::uint16_t type, std::uint32_t sequence) {
  return request_of(type, IPVS_CMD_GET_DAEMON, NLM_F_DUMP, sequence);
}

std::vector<std::uint8_t> timeouts_request(std::uint16_t type, std::uint32_t sequence) {
  return request_of(type, IPVS_CMD_GET_CONFIG, NLM_F_ACK, sequence);
}

}  // namespace holdfast::balance
