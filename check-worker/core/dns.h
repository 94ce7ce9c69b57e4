// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "check-worker/core/dns_exchange.h"
#include "config/config.h"

namespace holdfast::check {

// One question, whose answer must be as the check says.
class DnsConversation final : public DnsExchange {
 public:
  DnsConversation(const DnsCheck& check, std::uint64_t random);

 private:
  Conclusion judge(const DnsReply& reply) override;

  DnsCheck check_;
};

}  // namespace holdfast::check
