// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "check-worker/core/dns_exchange.h"
#include "names/core/lookup_answer.h"

namespace holdfast::check {

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
