// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/core/ip.h"
#include "names/core/dns_message.h"

namespace holdfast {

// What a name server says of a name.
struct LookupAnswer {
  std::uint8_t rcode = 0;
  std::vector<IpAddress> addresses;  // of the family that was asked for, in the reply's order
  std::uint32_t ttl = 0;             // seconds: the shortest on the way to them
  bool operator==(const LookupAnswer&) const = default;
};

// Follows the aliases within the reply, as RFC 1034 §3.6.2 has a server put them in; of a chain
// longer than 16 the answer has no addresses. Records of other names are none of ours.
LookupAnswer lookup_answer(const DnsReply& reply, const DnsQuestion& question);

}  // namespace holdfast
