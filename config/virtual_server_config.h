// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"

// The part of the configuration that stands under `virtual_servers` and `load_balancing`.
namespace holdfast {

enum class TransportProtocol : std::uint8_t { kTcp, kUdp, kSctp };

// What the packets of a service go to.
struct ServiceAddress {
  Family family{};
  std::uint32_t mark = 0;  // not 0: the firewall mark; the endpoint does not count
  Endpoint endpoint{};     // port 0, with persistence: every port
  auto operator<=>(const ServiceAddress&) const = default;
};

enum class ForwardingMethod : std::uint8_t { kMasquerade, kDirect, kTunnel };
enum class TunnelType : std::uint8_t { kIpip, kGue, kGre };

struct ForwardingConfig {
  ForwardingMethod method = ForwardingMethod::kMasquerade;
  TunnelType tunnel{};           // below: of a tunnel
  std::uint16_t port = 0;        // 1..65535 of GUE
  bool checksum = false;         // GUE and GRE
  bool remote_checksum = false;  // GUE
  bool operator==(const ForwardingConfig&) const = default;
};

// What becomes of a server that fails.
enum class OnFailure : std::uint8_t {
  kRemove,      // its connections end
  kZeroWeight,  // they go on, nothing new is sent there: keepalived's inhibit_on_failure
  kDrain,       // the same for a time, then it is removed
};

struct FailureConfig {
  OnFailure action = OnFailure::kRemove;
  Duration drain_for{0};  // 1 ms..1 day, of kDrain
  bool operator==(const FailureConfig&) const = default;
};

// What several checks of one server make of it.
enum class CombineChecks : std::uint8_t {
  kAll,  // up while all are; the smallest weight
  kAny,  // up while one is; the largest weight of those that are
  kSum,  // the same; the mean of their weights, where down is 0
};

struct RealServerConfig {
  Endpoint endpoint;         // port 0: that of the packet
  std::uint32_t weight = 1;  // 0..65535, while its health is full
  std::uint32_t upper = 0;   // connections at which no more are sent; 0: no limit
  std::uint32_t lower = 0;   // and below which they are again; at most `upper`
  ForwardingConfig forwarding;
  FailureConfig on_failure;
  std::vector<std::string> checks;  // names in Config::checks; none: it is always up
  CombineChecks combine{};
  bool operator==(const RealServerConfig&) const = default;
};

struct PersistenceConfig {
  std::uint32_t timeout = 360;  // seconds, 1..86400, for which a client stays
  std::uint8_t prefix = 0;      // 1..32 or 1..128: clients in one network stay together; 0: each
  std::string engine{};         // "sip", or empty
  bool operator==(const PersistenceConfig&) const = default;
};

// When servers are used though they have failed: better than nobody.
struct PanicConfig {
  bool last_server = true;   // the last one to fail, unless there is a sorry server
  std::uint8_t percent = 0;  // 0..100: all of them, while fewer than that are healthy
  bool operator==(const PanicConfig&) const = default;
};

struct SorryServerConfig {
  Endpoint endpoint;
  ForwardingConfig forwarding;
  bool operator==(const SorryServerConfig&) const = default;
};

struct VirtualServerConfig {
  std::string name;
  std::vector<ServiceAddress> addresses;  // at least 1, of one family; each a service of the kernel
  bool one_service = false;  // all of its addresses are one service of the kernel, by a mark
  TransportProtocol protocol{};
  std::string scheduler = "wlc";
  bool fallback = false;    // of sh and mh: another server for one that has no weight
  bool port = false;        // of sh and mh: the client's port counts too
  bool one_packet = false;  // of UDP
  bool source_nat = false;  // of nftables: servers see this node as the client
  std::optional<PersistenceConfig> persistence;
  std::uint32_t quorum = 1;      // 1..: the weight of the healthy that makes it serve
  std::uint32_t hysteresis = 0;  // 0..quorum-1: so much more to gain it, so much less to lose it
  std::optional<SorryServerConfig> sorry_server;  // instead of all others, without a quorum
  // Instances of VRRP: while none of them is MASTER, no checks are made; none: they always are.
  std::vector<std::string> ha_suspend;
  bool initially_up = true;  // servers without a result yet; keepalived's alpha: false
  PanicConfig panic;
  std::vector<RealServerConfig> real_servers;  // endpoints unique
  bool operator==(const VirtualServerConfig&) const = default;

  Family family() const { return addresses.empty() ? Family::kIpv4 : addresses[0].family; }
};

// Hands the connections of the active director to its backup.
struct SyncConfig {
  std::string interface;
  std::uint8_t id = 0;              // 0..255: who hears whom
  std::string instance{};           // of VRRP, that says which we are; empty: both at once
  std::uint16_t max_length = 0;     // 576..65535 bytes; 0: the kernel's choice
  std::optional<Endpoint> group{};  // of multicast; none: 224.0.0.81:8848
  std::uint8_t ttl = 0;             // 1..255; 0: the kernel's choice, 1
  bool operator==(const SyncConfig&) const = default;
};

// What of the kernel spreads connections.
enum class BalanceBackend : std::uint8_t {
  kIpvs,
  kNftables,
  kAuto,  // IPVS where the kernel has it, else nf_tables
};

struct LoadBalancingConfig {
  BalanceBackend backend{};
  // Seconds until a quiet connection is forgotten, 1..86400; 0: the kernel's own are left alone.
  std::uint32_t tcp_timeout = 0;
  std::uint32_t tcp_fin_timeout = 0;
  std::uint32_t udp_timeout = 0;
  std::optional<SyncConfig> sync;
  bool keep_at_stop = false;        // else what is ours is taken out of the kernel
  std::uint32_t mark_start = 1000;  // 1..: the first mark of virtual servers of one service
  bool operator==(const LoadBalancingConfig&) const = default;
};

// What a server of a virtual server is called: web/10.0.0.11:80.
inline std::string server_name(const std::string& service, const Endpoint& server) {
  return service + '/' + server.to_string();
}

}  // namespace holdfast
