// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "balance-worker/core/ipvs_table.h"

// What a balance-worker asks of generic netlink's family IPVS (linux/ip_vs.h). `type` is the number
// that this boot of the kernel has given to the family.
namespace holdfast::balance {

// A flag that says nothing to the kernel, which keeps it: what carries it, Holdfast has put there.
inline constexpr std::uint32_t kServiceMark = 0x48000000;

// Errors are answered unasked; done is only if `acknowledge`.

void append_request(std::vector<std::uint8_t>& packet, std::uint16_t type,
                    const IpvsCommand& command, std::uint32_t sequence, bool acknowledge);

// Which type the family has. The kernel loads the module for this.
std::vector<std::uint8_t> family_request(std::uint32_t sequence);

// Each is answered with what there is and ends with an Answer.
std::vector<std::uint8_t> services_request(std::uint16_t type, std::uint32_t sequence);
std::vector<std::uint8_t> destinations_request(std::uint16_t type, const ServiceKey& of,
                                               std::uint32_t sequence);
std::vector<std::uint8_t> sync_request(std::uint16_t type, std::uint32_t sequence);
std::vector<std::uint8_t> timeouts_request(std::uint16_t type, std::uint32_t sequence);

}  // namespace holdfast::balance
