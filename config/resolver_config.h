// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"

namespace holdfast {

// How the names of hosts that checks ask are looked up.
struct ResolverConfig {
  std::vector<Endpoint> servers;               // at most 8; none: those of /etc/resolv.conf
  Duration timeout = std::chrono::seconds{1};  // 10 ms..30 s, of one question to one server
  std::uint32_t attempts = 2;                  // 1..10 rounds over the servers
  Duration ttl_min = std::chrono::seconds{1};  // 1 s..1 day: however short a TTL is
  Duration ttl_max = std::chrono::minutes{5};  // ttl_min..1 day: however long it is
  bool operator==(const ResolverConfig&) const = default;
};

}  // namespace holdfast
