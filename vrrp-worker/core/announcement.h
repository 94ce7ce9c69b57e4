// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/core/ip.h"

// What tells the neighbours of a link that `address` is at `mac` now: whole Ethernet frames.
namespace holdfast::vrrp {

// A gratuitous ARP request: broadcast, sender and target protocol address both `address`
// (RFC 9568 §6.4.1, RFC 5227 §3). IPv4 only.
std::vector<std::uint8_t> gratuitous_arp(const MacAddress& mac, const IpAddress& address);

// An unsolicited neighbour advertisement to all nodes, from `address` itself, with the router and
// override flags (RFC 9568 §6.4.1, RFC 4861 §4.4 and §7.2.6). IPv6 only.
std::vector<std::uint8_t> unsolicited_neighbour_advertisement(const MacAddress& mac,
                                                              const IpAddress& address);

// The one of them that is for the family of `address`.
std::vector<std::uint8_t> announcement(const MacAddress& mac, const IpAddress& address);

}  // namespace holdfast::vrrp
