// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/dns_exchange.h"

#include <algorithm>
#include <span>
#include <utility>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

DnsExchange::DnsExchange(DnsQuestion question, bool tcp, std::uint64_t random)
    : question_(std::move(question)), random_(random), tcp_(tcp) {}

Step DnsExchange::begin() {
  id_ = static_cast<std::uint16_t>(random_);
  random_ >>= 16U;
  bytes_.clear();
  const auto query = dns_query(question_, id_);
  if (!query) return conclude(false, "no name that DNS can ask for: " + excerpt(question_.name));
  std::string bytes(query->begin(), query->end());
  if (!tcp_) return say(std::move(bytes));
  const auto size = static_cast<std::uint16_t>(bytes.size());
  return say(std::string{static_cast<char>(size >> 8U), static_cast<char>(size)} + bytes);
}

Step DnsExchange::received(std::string_view bytes) {
  return tcp_ ? stream(bytes) : datagram(bytes);
}

Step DnsExchange::datagram(std::string_view bytes) {
  if (!is_dns_reply_to(octets(bytes), id_)) {
    if (++strangers_ < kStrangersMax) return {};
    return conclude(false, "a flood of datagrams that answer nothing");
  }
  return take(bytes);
}

// RFC 1035 §4.2.2: two bytes of length before the message.
Step DnsExchange::stream(std::string_view bytes) {
  // A message is complete before more than that can have come.
  bytes_ += bytes.substr(0, kKeptMax + 1 - std::min(bytes_.size(), kKeptMax + 1));
  if (bytes_.size() < 2) return {};
  const auto high = static_cast<std::uint8_t>(bytes_[0]);
  const auto low = static_cast<std::uint8_t>(bytes_[1]);
  const std::size_t size = std::size_t{high} << 8U | low;
  if (bytes_.size() < size + 2) return {};
  const std::string_view message = std::string_view(bytes_).substr(2, size);
  if (!is_dns_reply_to(octets(message), id_)) return conclude(false, "no reply to the question");
  return take(message);
}

Step DnsExchange::take(std::string_view message) {
  const Result<DnsReply> reply = parse_dns_reply(octets(message), question_);
  if (!reply) return conclude(false, reply.error().message);
  if (!reply->truncated) return {.end = judge(*reply)};
  if (tcp_) return conclude(false, "the reply is cut, though it came over TCP");
  tcp_ = true;
  return {.anew = Transport::kTcp};
}

Conclusion DnsExchange::silence() const {
  return {false, bytes_.empty() ? "no answer" : "an answer that is not complete"};
}

}  // namespace holdfast::check
