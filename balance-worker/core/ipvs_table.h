// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "common/core/ip.h"

// What the kernel's IPVS table holds, as plain values: what is wanted, what is there, and the
// commands that lead from one to the other. Names and numbers are those of linux/ip_vs.h.
namespace holdfast::balance {

enum class Protocol : std::uint8_t { kTcp = 6, kUdp = 17, kSctp = 132 };  // IPPROTO_*

// What makes a service one: packets to an address and port, or with a firewall mark.
struct ServiceKey {
  Family family{};
  std::uint32_t mark = 0;  // not 0: the firewall mark, and nothing below counts
  Protocol protocol{};
  Endpoint endpoint;  // port 0, with persistence: every port

  auto operator<=>(const ServiceKey&) const = default;
};

struct ServiceOptions {
  std::string scheduler;  // the kernel's name: "wlc", at most 15 bytes
  // Of the scheduler: sh-fallback, sh-port, mh-fallback, mh-port are flags 1 and 2.
  bool scheduler_flag_1 = false;
  bool scheduler_flag_2 = false;
  bool scheduler_flag_3 = false;
  bool one_packet = false;                     // OPS, of UDP
  std::optional<std::uint32_t> persistence{};  // seconds for which a client stays, 1..; none: not
  std::uint8_t persistence_prefix = 0;  // 1..32 or 1..128: clients in one network stay together
  std::string persistence_engine;       // "sip", or empty
  // Of nf_tables: servers see this node as the client, and need no route back through it.
  bool source_nat = false;
  bool operator==(const ServiceOptions&) const = default;
};

enum class Forwarding : std::uint8_t {
  kMasquerade = 0,
  kTunnel = 2,
  kDirect = 3
};  // IP_VS_CONN_F_
enum class TunnelKind : std::uint8_t { kIpip = 0, kGue = 1, kGre = 2 };

struct Tunnel {
  TunnelKind kind{};
  std::uint16_t port = 0;        // of GUE
  bool checksum = false;         // GUE and GRE
  bool remote_checksum = false;  // GUE, remote checksum offload
  bool operator==(const Tunnel&) const = default;
};

// A real server of a service, which the kernel knows by address and port.
struct DestinationOptions {
  Forwarding forwarding{};
  std::uint32_t weight = 1;  // 0..65535; 0: nothing new is sent there
  std::uint32_t upper = 0;   // connections at which no more are sent; 0: no limit
  std::uint32_t lower = 0;   // and below which they are again
  Tunnel tunnel{};           // if the forwarding is one
  bool operator==(const DestinationOptions&) const = default;
};

using Destinations = std::map<Endpoint, DestinationOptions>;

struct Service {
  ServiceOptions options;
  Destinations destinations;
  bool operator==(const Service&) const = default;
};

using Services = std::map<ServiceKey, Service>;

// The connection synchronization daemon: the kernel can run one of each.
enum class SyncRole : std::uint8_t { kMaster = 1, kBackup = 2 };  // IP_VS_STATE_*
struct SyncDaemon {
  std::string interface;
  std::uint8_t id = 0;              // 0..255; a backup takes only what a master of its id says
  std::uint16_t max_length = 0;     // bytes of a packet; 0: the kernel's choice
  std::optional<Endpoint> group{};  // multicast group and port; none: 224.0.0.81:8848
  std::uint8_t ttl = 0;             // 0: the kernel's choice, 1
  bool operator==(const SyncDaemon&) const = default;
};
using SyncDaemons = std::map<SyncRole, SyncDaemon>;

// Seconds until a connection that is quiet is forgotten; 0: the kernel's own is left alone.
struct Timeouts {
  std::uint32_t tcp = 0;
  std::uint32_t tcp_fin = 0;
  std::uint32_t udp = 0;
  bool operator==(const Timeouts&) const = default;
};

// Of addresses that are one service together: the firewall mark that their packets get.
using Marks = std::map<ServiceKey, std::uint32_t>;

struct IpvsTable {
  Services services;
  SyncDaemons sync;
  Timeouts timeouts;
  Marks marks{};         // all of them ours
  bool damaged = false;  // what is ours in nf_tables is not as we make it, and counts for nothing
  bool operator==(const IpvsTable&) const = default;
};

// ---- Commands, in the order in which they are to be done.

struct AddService {
  ServiceKey key;
  ServiceOptions options;
  bool operator==(const AddService&) const = default;
};
struct EditService {
  ServiceKey key;
  ServiceOptions options;
  bool operator==(const EditService&) const = default;
};
struct RemoveService {  // with its destinations; connections end
  ServiceKey key;
  bool operator==(const RemoveService&) const = default;
};
struct AddDestination {
  ServiceKey service;
  Endpoint destination;
  DestinationOptions options;
  bool operator==(const AddDestination&) const = default;
};
struct EditDestination {
  ServiceKey service;
  Endpoint destination;
  DestinationOptions options;
  bool operator==(const EditDestination&) const = default;
};
struct RemoveDestination {
  ServiceKey service;
  Endpoint destination;
  bool operator==(const RemoveDestination&) const = default;
};
struct AddMark {       // or give it another
  ServiceKey service;  // by its mark
  ServiceKey address;
  bool operator==(const AddMark&) const = default;
};
struct RemoveMark {
  ServiceKey service;
  ServiceKey address;
  bool operator==(const RemoveMark&) const = default;
};
struct Sweep {  // what is damaged still goes
  bool operator==(const Sweep&) const = default;
};
struct StartSync {
  SyncRole role{};
  SyncDaemon daemon;
  bool operator==(const StartSync&) const = default;
};
struct StopSync {
  SyncRole role{};
  bool operator==(const StopSync&) const = default;
};
struct SetTimeouts {
  Timeouts timeouts;
  bool operator==(const SetTimeouts&) const = default;
};

using IpvsCommand =
    std::variant<AddService, EditService, RemoveService, AddDestination, EditDestination,
                 RemoveDestination, AddMark, RemoveMark, Sweep, StartSync, StopSync, SetTimeouts>;

}  // namespace holdfast::balance
