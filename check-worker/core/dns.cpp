// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/dns.h"

#include <algorithm>
#include <span>
#include <vector>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

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
    : check_(check), question_{check.name, check.type}, random_(random), tcp_(check.tcp) {}

Step DnsConversation::begin() {
  id_ = static_cast<std::uint16_t>(random_);
  random_ >>= 16U;
  bytes_.clear();
  const auto query = dns_query(question_, id_);
  if (!query) return conclude(false, "no name that DNS can ask for: " + excerpt(check_.name));
  std::string bytes(query->begin(), query->end());
  if (!tcp_) return say(std::move(bytes));
  const auto size = static_cast<std::uint16_t>(bytes.size());
  return say(std::string{static_cast<char>(size >> 8U), static_cast<char>(size)} + bytes);
}

Step DnsConversation::received(std::string_view bytes) {
  return tcp_ ? stream(bytes) : datagram(bytes);
}

Step DnsConversation::datagram(std::string_view bytes) {
  if (!is_dns_reply_to(octets(bytes), id_)) {
    if (++strangers_ < kStrangersMax) return {};
    return conclude(false, "a flood of datagrams that answer nothing");
  }
  return judge(bytes);
}

// RFC 1035 §4.2.2: two bytes of length before the message.
Step DnsConversation::stream(std::string_view bytes) {
  // A message is complete before more than that can have come.
  bytes_ += bytes.substr(0, kKeptMax + 1 - std::min(bytes_.size(), kKeptMax + 1));
  if (bytes_.size() < 2) return {};
  const auto high = static_cast<std::uint8_t>(bytes_[0]);
  const auto low = static_cast<std::uint8_t>(bytes_[1]);
  const std::size_t size = std::size_t{high} << 8U | low;
  if (bytes_.size() < size + 2) return {};
  const std::string_view message = std::string_view(bytes_).substr(2, size);
  if (!is_dns_reply_to(octets(message), id_)) return conclude(false, "no reply to the question");
  return judge(message);
}

Step DnsConversation::judge(std::string_view message) {
  const Result<DnsReply> reply = parse_dns_reply(octets(message), question_);
  if (!reply) return conclude(false, reply.error().message);
  if (reply->truncated) {
    if (tcp_) return conclude(false, "the reply is cut, though it came over TCP");
    tcp_ = true;
    return {.anew = Transport::kTcp};
  }
  const std::string rcode = dns_rcode_name(reply->rcode);
  if (reply->rcode != check_.rcode) {
    return conclude(false, rcode + ", expected " + dns_rcode_name(check_.rcode));
  }
  std::string others;
  std::size_t count = 0;
  for (const DnsRecord& record : reply->answers) {
    if (record.type != check_.type) continue;  // the aliases on the way, signatures
    ++count;
    const auto is_it = [&](const std::string& wanted) { return same_answer(wanted, record.data); };
    if (std::any_of(check_.answers.begin(), check_.answers.end(), is_it)) {
      return conclude(true, rcode + ", " + excerpt(record.data));
    }
    if (others.empty()) others = record.data;
  }
  if (check_.answers.empty()) {
    return conclude(true, rcode + ", " + std::to_string(count) + " answers");
  }
  const std::string more = count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
  return conclude(false, "answer " + excerpt(others) + more + ", expected " +
                             excerpt(check_.answers.front()) +
                             (check_.answers.size() > 1 ? " or another" : ""));
}

Conclusion DnsConversation::silence() const {
  return {false, bytes_.empty() ? "no answer" : "an answer that is not complete"};
}

}  // namespace holdfast::check
