// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/lookup.h"

namespace holdfast::check {

Conclusion LookupConversation::judge(const DnsReply& reply) {
  into_ = lookup_answer(reply, question());
  return {true, dns_rcode_name(reply.rcode)};
}

}  // namespace holdfast::check
