// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "config/config.h"
#include "vrrp-worker/core/link.h"

// Virtual devices: interfaces of ours on top of another, the base, that carry the addresses of one
// instance and, if they are macvlans, the MAC address of its virtual router.
namespace holdfast::vrrp {

// 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6 (RFC 9568 §7.3).
MacAddress virtual_mac(Family family, Vrid vrid);

// A virtual device as it should be.
struct DeviceSpec {
  std::string name;
  VirtualDevice::Kind kind{};
  int base = 0;      // the index of the interface beneath it
  int vrf = 0;       // the index of the VRF that both are in; 0: none
  MacAddress mac{};  // of a macvlan; an ipvlan has that of its base
  bool operator==(const DeviceSpec&) const = default;
};
bool is_as(const Link& link, const DeviceSpec& wanted);

// What is written on a device of ours in the kernel (IFLA_IFALIAS), for whoever comes after: for
// which instance it is, and how the base answered ARP before there was any.
struct DeviceMark {
  std::string instance;
  ArpSettings before;
  bool operator==(const DeviceMark&) const = default;
};
std::string to_alias(const DeviceMark& mark);
std::optional<DeviceMark> mark_of(const Link& link);  // nothing: it is somebody else's

// How a base of such devices must handle ARP so that nobody learns its own MAC address for one of
// theirs: it answers for its own addresses only, and asks from one of its own.
ArpSettings shielded(const ArpSettings& before);

// ---- What is done about them.

struct MakeDevice {  // down; with the ARP settings of a device that has addresses of its own only
  DeviceSpec spec;
  std::string alias;
  bool operator==(const MakeDevice&) const = default;
};
struct RemoveDevice {
  int link = 0;
  std::string name;
  bool operator==(const RemoveDevice&) const = default;
};
struct EnableDevice {  // or disable: administratively up or down
  int link = 0;
  std::string name;
  bool up = false;
  bool operator==(const EnableDevice&) const = default;
};
struct SetArp {
  int link = 0;
  ArpSettings arp;
  bool operator==(const SetArp&) const = default;
};
using DeviceChange = std::variant<MakeDevice, RemoveDevice, EnableDevice, SetArp>;

// Removes all devices of ours, and restores their bases.
std::vector<DeviceChange> plan_release(const std::map<int, Link>& links);

// For a log: "make vrrp.51", "set ARP of interface 2".
std::string to_string(const DeviceChange& change);

}  // namespace holdfast::vrrp
