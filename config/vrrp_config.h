// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/time.h"
#include "config/address_config.h"
#include "config/announce_config.h"
#include "config/authentication_config.h"
#include "config/route_config.h"
#include "config/witness_config.h"

// The part of the configuration that stands under `vrrp`.
namespace holdfast {

// 224.0.0.18, or ff02::12 (RFC 9568 §5.1.1.2, §5.1.2.2).
inline IpAddress vrrp_group(Family family) {
  if (family == Family::kIpv4) return IpAddress::v4({224, 0, 0, 18});
  return IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12});
}

enum class VrrpVersion : std::uint8_t { k2 = 2, k3 = 3 };

// VRRPv3 over IPv4 only. RFC 5798 was read as with the pseudo-header, and keepalived and FRR send
// that; RFC 9568 §5.2.8 says without. Both are accepted.
enum class ChecksumForm : std::uint8_t { kPseudoHeader, kMessageOnly };

// What becomes of an instance when somebody else takes away what it holds: that is put back, or the
// instance is in FAULT.
enum class Strictness : std::uint8_t { kRepair, kFault };

// What an instance tracks. Down, or absent: FAULT, unless it has a weight. A negative weight is
// added while it is down, a positive one while it is up. Reversed: FAULT while it is up, and a
// weight is taken away where it would be added.
struct TrackInterface {
  std::string interface;
  std::optional<int> weight;  // -253..253
  bool reverse = false;
  Duration up_delay{0};    // 0..255 s: how long it must be up before it counts as up
  Duration down_delay{0};  // 0..255 s
  bool operator==(const TrackInterface&) const = default;
};

struct TrackCheck {
  std::string check;
  std::optional<int> weight;  // -253..253
  bool reverse = false;
  bool operator==(const TrackCheck&) const = default;
};

struct TrackService {  // a virtual server: up while it has its quorum
  std::string service;
  std::optional<int> weight;  // -253..253
  bool reverse = false;
  bool operator==(const TrackService&) const = default;
};

struct TrackAddress {  // whether this node has it, on an interface that is up or not
  IpAddress address;
  std::string interface;      // empty: on any
  std::optional<int> weight;  // -253..253
  bool reverse = false;
  bool operator==(const TrackAddress&) const = default;
};

struct TrackRoute {  // whether a table of this node has it, whoever put it there
  IpPrefix to;       // no host bits; this very network
  std::uint32_t table = kMainTable;
  std::optional<IpAddress> via;  // of the family of `to`; none: whichever
  std::string interface;         // empty: whichever
  std::optional<int> weight;     // -253..253
  bool reverse = false;
  bool operator==(const TrackRoute&) const = default;
};

struct UnicastPeer {
  IpAddress address;
  std::uint8_t min_ttl = 255;  // of its adverts, or hop limit; below 255: beyond a router
  std::uint8_t max_ttl = 255;
  auto operator<=>(const UnicastPeer&) const = default;
};

// Adverts go to these peers instead of a multicast group, and come from them only.
struct UnicastConfig {
  std::vector<UnicastPeer> peers;  // 1..64, all of the instance's family
  std::uint8_t ttl = 255;          // 1..255, of our adverts
  bool operator==(const UnicastConfig&) const = default;
};

// An interface of ours on top of the instance's, which its addresses are put on.
struct VirtualDevice {
  enum class Kind : std::uint8_t {
    kMacvlan,  // with the MAC address of the virtual router (RFC 9568 §7.3)
    kIpvlan,   // with that of the interface beneath it
  };
  Kind kind = Kind::kMacvlan;
  std::string name;                // 1..15 bytes
  bool adverts_from_base = false;  // and with its MAC address; always so of an ipvlan
  bool operator==(const VirtualDevice&) const = default;
};

// What the kernel's packet filter drops of an instance's adverts.
enum class Firewall : std::uint8_t {
  kNone,
  kPeers,  // those of its VRID that come in by its interface, but from none who may send them
};

struct InstanceConfig {
  std::string name;
  std::string interface;
  Vrid vrid;
  VrrpVersion version = VrrpVersion::k3;
  Priority priority{100};                              // 1..255; 255: the address owner
  Duration advert_interval = std::chrono::seconds{1};  // v3: 10 ms..40.95 s; v2: 1..255 s, whole
  bool preempt = true;
  Duration preempt_delay{0};    // 0..1000 s
  int down_timer_adverts = 3;   // 1..100: so many missing adverts, and a backup takes over
  bool initial_master = false;  // takes part in an election at once when the daemon starts
  ChecksumForm checksum = ChecksumForm::kPseudoHeader;
  std::vector<VirtualAddress> addresses;  // 1..255, all of one family: those in adverts
  // At most 1000, of any family: held, never in adverts.
  std::vector<VirtualAddress> excluded_addresses;
  std::optional<VirtualDevice> virtual_device;
  std::vector<RouteConfig> virtual_routes;  // at most 1000; one form of each on a node
  std::vector<RuleConfig> virtual_rules;    // at most 1000
  Strictness strict = Strictness::kRepair;
  // How long the kernel keeps its addresses unless they are renewed: 0, for ever; or 1 s..1 h, in
  // whole seconds, longer than the advert interval. Nothing: as fits the intervals.
  std::optional<Duration> address_lifetime;
  bool accept = true;  // what is sent to its addresses; never false of an owner
  std::optional<UnicastConfig> unicast;
  std::optional<IpAddress> source_address;   // of our adverts; default: one of the interface
  std::optional<IpAddress> multicast_group;  // default: 224.0.0.18, ff02::12
  std::vector<IpPrefix> allowed_sources;     // of adverts; empty: all; never beside unicast
  Firewall firewall = Firewall::kNone;       // kPeers: never without unicast or allowed_sources
  std::string password;                      // version 2: 1..8 bytes, sent in clear; empty: none
  std::optional<HmacConfig> hmac;            // signed adverts; never beside a password
  std::string sync_group;                    // empty: none
  std::vector<TrackInterface> track_interfaces;
  std::vector<TrackCheck> track_checks;
  std::vector<TrackService> track_services;
  std::vector<TrackAddress> track_addresses;
  std::vector<TrackRoute> track_routes;
  AnnounceConfig announce;
  // It is active only while it also has a lease of the witness; never so of an owner.
  std::optional<WhenUnreachable> witness;
  bool operator==(const InstanceConfig&) const = default;

  Family family() const {
    return addresses.empty() ? Family::kIpv4 : addresses[0].address.family();
  }
  IpAddress group() const {  // where adverts go, unless they are unicast
    return multicast_group.value_or(vrrp_group(family()));
  }
  // RFC 9568's Accept_Mode, which is off. An owner accepts whatever it says (§6.1, §6.4.3).
  bool drops() const { return !accept && priority != kPriorityOwner; }
  // RFC 9568's address owner: unless we put them on a device of ours, they are the interface's own.
  bool owns_addresses_of_interface() const { return priority == kPriorityOwner && !virtual_device; }
  const std::string& device() const {  // where its addresses live, unless they say otherwise
    return virtual_device ? virtual_device->name : interface;
  }
  const std::string& device_of(const VirtualAddress& address) const {
    return address.device.empty() ? device() : address.device;
  }
  std::vector<VirtualAddress> held() const {  // by the active router: all of its addresses
    std::vector<VirtualAddress> all = addresses;
    all.insert(all.end(), excluded_addresses.begin(), excluded_addresses.end());
    return all;
  }
};

// Instances that are active together or not at all. What a group tracks stands in its members.
struct SyncGroupConfig {
  std::string name;
  std::vector<std::string> instances;  // at least 1; an instance is in one group only
  bool operator==(const SyncGroupConfig&) const = default;
};

}  // namespace holdfast
