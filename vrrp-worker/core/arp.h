// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/core/ip.h"

namespace holdfast::vrrp {

// A gratuitous ARP request as a whole Ethernet frame: broadcast, sender and target protocol address
// both `address` (RFC 9568 §6.4.1, RFC 5227 §3). IPv4 only.
std::vector<std::uint8_t> gratuitous_arp(const MacAddress& mac, const IpAddress& address);

}  // namespace holdfast::vrrp
