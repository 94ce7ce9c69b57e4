// SPDX-License-Identifier: Apache-2.0
#include "names/core/lookup_answer.h"

#include <algorithm>
#include <limits>

namespace holdfast {
namespace {

constexpr std::uint16_t kCname = 5;
constexpr int kAliasesMax = 16;

}  // namespace

LookupAnswer lookup_answer(const DnsReply& reply, const DnsQuestion& question) {
  LookupAnswer answer;
  answer.rcode = reply.rcode;
  std::uint32_t ttl = std::numeric_limits<std::uint32_t>::max();
  std::string name = question.name;
  for (int i = 0; i < kAliasesMax; ++i) {
    const DnsRecord* alias = nullptr;
    for (const DnsRecord& record : reply.answers) {
      if (!same_dns_name(record.name, name)) continue;
      if (record.type == kCname) alias = &record;
      if (record.type != question.type) continue;
      const Result<IpAddress> address = IpAddress::parse(record.data);
      if (!address) continue;
      answer.addresses.push_back(*address);
      ttl = std::min(ttl, record.ttl);
    }
    if (!answer.addresses.empty()) {
      answer.ttl = ttl;
      return answer;
    }
    if (alias == nullptr) break;
    ttl = std::min(ttl, alias->ttl);
    name = alias->data;
  }
  return answer;
}

}  // namespace holdfast
