// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// One datagram out, at most one back that counts. An ICMP error ends it before, which is the
// engine's to see.
class UdpConversation final : public Conversation {
 public:
  explicit UdpConversation(const UdpCheck& check) : check_(check) {}

  Step begin() override { return say(check_.payload); }
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  UdpCheck check_;
};

}  // namespace holdfast::check
