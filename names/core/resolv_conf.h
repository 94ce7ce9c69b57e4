// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"

// The system's files about names, as resolv.conf(5) and hosts(5) describe them. What is not
// understood in them is skipped, as every resolver does.
namespace holdfast {

struct ResolvConf {
  std::vector<Endpoint> servers;  // at most 8, port 53; one with a zone (fe80::1%eth0) is left out
  std::vector<std::string> search;  // at most 6
  std::uint32_t dots = 1;           // 0..15: a name with fewer is looked up in `search` first
  bool operator==(const ResolvConf&) const = default;
};
ResolvConf parse_resolv_conf(std::string_view text);

// The names to ask for, one after the other, until there is one.
std::vector<std::string> candidates_for(const std::string& name, const ResolvConf& conf);

// The addresses of these names, in the order of the file.
std::vector<std::pair<HostName, IpAddress>> parse_hosts(std::string_view text,
                                                        const std::set<HostName>& wanted);

}  // namespace holdfast
