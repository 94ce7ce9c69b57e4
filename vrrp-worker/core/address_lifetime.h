// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "common/core/time.h"
#include "config/config.h"

// The kernel as a dead man's switch: virtual addresses end by themselves unless they are renewed.
namespace holdfast::vrrp {

// How the addresses of an instance are renewed: with an advert or not much later, since a peer
// counts from that, and as seldom as a worker that hangs allows.
struct AddressLifetime {
  Duration lasts{0};                // whole seconds; 0: for ever
  Duration between{0};              // so long after an advert at most; 0: only with adverts
  Duration two_holders_at_most{0};  // if all of this node stops at the worst moment
  Duration gap{0};                  // from one renewal to the next, at most
  bool operator==(const AddressLifetime&) const = default;
};

// The kernel counts whole seconds, and ends an address a little later: 0.43 s were seen, of which a
// quarter of a second is what its timer allows itself.
inline constexpr Duration kKernelLateness = std::chrono::milliseconds{500};

// Of an instance on a node that has `ipv6_addresses` of IPv6 in all. With `address_lifetime: auto`:
// as long as the kernel's seconds allow if they are to be over when a peer's Active_Down_Timer,
// which began with our last advert, runs out (RFC 9568 §6.1); and at least so long that a worker
// that hangs is found and replaced meanwhile. Where both cannot be, with intervals below 0.5 s or
// fewer adverts to be missed, they last for the least that the kernel knows and a busy machine
// bears.
AddressLifetime address_lifetime(const InstanceConfig& config, std::size_t ipv6_addresses);

// Not of IPv6 addresses with a subnet: the kernel would end the subnet's route with them, though
// others on the interface need it.
bool may_end(const IpPrefix& prefix);

// Renewing one IPv6 address costs the kernel a walk over all of them: 2 ms a second for 256, but
// 280 ms for a thousand.
inline constexpr std::size_t kIpv6AddressesMax = 256;

}  // namespace holdfast::vrrp
