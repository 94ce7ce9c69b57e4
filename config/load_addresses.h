// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/ip.h"
#include "config/address_config.h"
#include "config/faults.h"
#include "config/reader.h"
#include "config/yaml_tree.h"

// Addresses as values of the document. Nothing: the value is faulty and reported; `key` is what it
// stands under.
namespace holdfast {

// Of a host, with the length of its network: 192.0.2.10/24, 2001:db8::10/64.
std::optional<IpPrefix> read_host_prefix(Faults& faults, std::string_view key,
                                         const YamlNode& node);

// The same, or a map: {address: 192.0.2.10/24, device: eth1, label: "eth1:vip"}. Words as in `ip
// address`, and no_track.
std::optional<VirtualAddress> read_virtual_address(Faults& faults, std::string_view key,
                                                   const YamlNode& node);

// That its label, if it has one, begins with the name of its device. Empty: not known.
void check_label(Faults& faults, const YamlNode& node, const VirtualAddress& address,
                 const std::string& device);

// A scope as in `ip address` and `ip route`: its name or its number.
const YamlNode* read_scope(MapReader& map, std::uint8_t& scope);

// Of a host: 192.0.2.10, 2001:db8::10.
std::optional<IpAddress> read_host(Faults& faults, std::string_view key, const YamlNode& node);

// Of a network, or of a host: no bits beyond its length.
std::optional<IpPrefix> read_network(Faults& faults, std::string_view key, const YamlNode& node);

// Of a multicast group: 224.0.0.18, ff02::12.
std::optional<IpAddress> read_multicast(Faults& faults, std::string_view key, const YamlNode& node);

}  // namespace holdfast
