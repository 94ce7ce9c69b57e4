// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/dns.h"

#include <algorithm>
#include <vector>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

// Names are written in either case, and with or without the dot at their end.
bool same_answer(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view text) {
    return text.ends_with('.') && text.size() > 1 ? text.substr(0, text.size() - 1) : text;
  };
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const std::string_view x = plain(a);
  const std::string_view y = plain(b);
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [&](char one, char other) { return lower(one) == lower(other); });
}

}  // namespace

DnsConversation::DnsConversation(const DnsCheck& check, std::uint64_t random)
    : DnsExchange({check.name, check.type}, check.tcp, random), check_(check) {}

Conclusion DnsConversation::judge(const DnsReply& reply) {
  const std::string rcode = dns_rcode_name(reply.rcode);
  if (reply.rcode != check_.rcode) {
    return {false, rcode + ", expected " + dns_rcode_name(check_.rcode)};
  }
  std::string others;
  std::size_t count = 0;
  for (const DnsRecord& record : reply.answers) {
    if (record.type != check_.type) continue;  // the aliases on the way, signatures
    ++count;
    const auto is_it = [&](const std::string& wanted) { return same_answer(wanted, record.data); };
    if (std::any_of(check_.answers.begin(), check_.answers.end(), is_it)) {
      return {true, rcode + ", " + excerpt(record.data)};
    }
    if (others.empty()) others = record.data;
  }
  if (check_.answers.empty()) {
    return {true, rcode + ", " + std::to_string(count) + " answers"};
  }
  const std::string more = count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
  return {false, "answer " + excerpt(others) + more + ", expected " +
                     excerpt(check_.answers.front()) +
                     (check_.answers.size() > 1 ? " or another" : "")};
}

}  // namespace holdfast::check
