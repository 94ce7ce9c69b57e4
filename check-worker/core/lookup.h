// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check-worker/core/dns_exchange.h"
#include "common/core/ip.h"

namespace holdfast::check {

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

// Asks one name server for one name. It is good if that answered, whatever it answered.
class LookupConversation final : public DnsExchange {
 public:
  // `random` makes the identifiers. `into` must outlive it, and is filled if it ends good.
  LookupConversation(const DnsQuestion& question, std::uint64_t random,
                     std::optional<LookupAnswer>& into)
      : DnsExchange(question, false, random), into_(into) {}

 private:
  Conclusion judge(const DnsReply& reply) override;

  std::optional<LookupAnswer>& into_;
};

}  // namespace holdfast::check
