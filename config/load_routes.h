// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/faults.h"
#include "config/reader.h"
#include "config/route_config.h"
#include "config/yaml_tree.h"

// Routes and rules as values of the document: maps in the words of `ip route` and `ip rule`.
// Nothing: the value is faulty and reported.
namespace holdfast {

// {to: 198.51.100.0/24, via: 192.0.2.254, dev: eth0, src:, table:, metric:, scope:, onlink:, type:,
// nexthops: [{via:, dev:, weight:, onlink:}], no_track:}
std::optional<RouteConfig> read_route(Faults& faults, const YamlNode& node);

// A network, without bits beyond its length; "default" is that of IPv4.
std::optional<IpPrefix> read_destination(Faults& faults, std::string_view key,
                                         const YamlNode& node);
// Of an absent table nothing changes. False: it is faulty.
bool read_route_table(MapReader& map, std::uint32_t& table);

// {priority: 100, from: 192.0.2.0/24, to:, iif:, oif:, fwmark:, table:, action:, family:,
// no_track:}
std::optional<RuleConfig> read_rule(Faults& faults, const YamlNode& node);

}  // namespace holdfast
