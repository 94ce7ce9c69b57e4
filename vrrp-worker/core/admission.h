// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "common/core/messages.h"
#include "config/config.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::vrrp {

// RFC 2338's simple text password, if there is one.
void set_password(Advert& advert, const std::string& password);

// How far the sender of an advert may be: what its TTL must be.
TtlRange ttl_range(const InstanceConfig& config, const IpAddress& source);

// From one of its peers, or to the group by one that may: an advert cannot come in by the other
// way.
bool came_by_its_way(const Datagram& datagram, const InstanceConfig& config);

// The checks of RFC 9568 §7.1 and RFC 3768 §7.1 that need the configuration, in their order, for a
// decoded advert whose VRID is that of `config`. Nothing: it is accepted.
std::optional<Rejection> refuse(const Advert& advert, const Datagram& datagram,
                                const InstanceConfig& config);

}  // namespace holdfast::vrrp
