// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "check-worker/core/dns_message.h"
#include "config/config.h"

namespace holdfast::check {

// One question, over datagrams or a stream. A reply that was cut to fit into a datagram makes it
// ask again over TCP (RFC 7766 §5); a datagram with another identifier is no reply of ours.
class DnsConversation final : public Conversation {
 public:
  // `random` makes the identifiers.
  DnsConversation(const DnsCheck& check, std::uint64_t random);

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  static constexpr int kStrangersMax = 1000;

  Step datagram(std::string_view bytes);
  Step stream(std::string_view bytes);
  Step judge(std::string_view message);

  DnsCheck check_;
  DnsQuestion question_;
  std::uint64_t random_;
  std::uint16_t id_ = 0;
  bool tcp_ = false;
  int strangers_ = 0;  // datagrams that are no reply of ours
  std::string bytes_;  // of the stream
};

}  // namespace holdfast::check
