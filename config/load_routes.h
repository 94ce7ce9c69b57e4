// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/faults.h"
#include "config/route_config.h"
#include "config/yaml_tree.h"

// Routes and rules as values of the document: maps in the words of `ip route` and `ip rule`.
// Nothing: the value is faulty and reported.
namespace holdfast {

// {to: 198.51.100.0/24, via: 192.0.2.254, dev: eth0, src:, table:, metric:, scope:, onlink:, type:,
// nexthops: [{via:, dev:, weight:, onlink:}], no_track:}
std::optional<RouteConfig> read_route(Faults& faults, const YamlNode& node);

// {priority: 100, from: 192.0.2.0/24, to:, iif:, oif:, fwmark:, table:, action:, family:,
// no_track:}
std::optional<RuleConfig> read_rule(Faults& faults, const YamlNode& node);

}  // namespace holdfast
