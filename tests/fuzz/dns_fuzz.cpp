// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <span>

#include "check-worker/core/lookup.h"
#include "common/core/result.h"
#include "names/core/dns_message.h"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kDataMax = 4 * 65535;  // a byte is written with at most four characters

}  // namespace

// Any reply: no crash, the same answer twice, and texts no longer than their bytes can make them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const DnsQuestion question{"www.example", 1};
  const auto first = parse_dns_reply(bytes, question);
  const auto second = parse_dns_reply(bytes, question);
  HF_CHECK(first.has_value() == second.has_value());
  if (!first) {
    HF_CHECK(!first.error().message.empty());
    return 0;
  }
  HF_CHECK(*first == *second);
  for (const DnsRecord& record : first->answers) {
    HF_CHECK(record.name.size() <= std::size_t{4} * 255 && record.data.size() <= kDataMax);
  }
  // What a lookup makes of it: addresses of the family that was asked for, whatever the aliases.
  for (const IpAddress& address : lookup_answer(*first, question).addresses) {
    HF_CHECK(address.is_v4());
  }
  return 0;
}
