// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "names/core/dns_message.h"

namespace holdfast::check {

// One question, over datagrams or a stream, until there is a reply to judge. A reply that was cut
// to fit into a datagram makes it ask again over TCP (RFC 7766 §5); a datagram with another
// identifier is no reply of ours.
class DnsExchange : public Conversation {
 public:
  // `random` makes the identifiers.
  DnsExchange(DnsQuestion question, bool tcp, std::uint64_t random);

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 protected:
  virtual Conclusion judge(const DnsReply& reply) = 0;
  const DnsQuestion& question() const { return question_; }

 private:
  static constexpr int kStrangersMax = 1000;

  Step datagram(std::string_view bytes);
  Step stream(std::string_view bytes);
  Step take(std::string_view message);

  DnsQuestion question_;
  std::uint64_t random_;
  std::uint16_t id_ = 0;
  bool tcp_ = false;
  int strangers_ = 0;  // datagrams that are no reply of ours
  std::string bytes_;  // of the stream
};

}  // namespace holdfast::check
