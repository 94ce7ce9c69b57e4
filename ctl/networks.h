// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ifaddrs.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "config/load.h"

namespace holdfast::ctl {

// An address of an interface and its prefix length; nothing: it is of another kind.
std::optional<IpPrefix> prefix_of(const ifaddrs& entry);

// The addresses of each interface of this node, with their prefix lengths. An interface without an
// address has an empty list; one that is not there is not in the map.
std::map<std::string, std::vector<IpPrefix>> local_networks();

// [address-outside-networks]: virtual addresses that are in no network of the interface that they
// are for, if that has addresses of the family. A link-local address is in every interface's.
std::vector<Diagnostic> outside_networks(
    const std::vector<InFile<PlacedAddress>>& addresses,
    const std::map<std::string, std::vector<IpPrefix>>& networks, const std::string& file);

}  // namespace holdfast::ctl
