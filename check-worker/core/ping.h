// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "common/core/ip.h"

namespace holdfast::check {

// An echo request and its reply: RFC 792, and RFC 4443 §4. Of a reply only its data is compared,
// which nobody can guess: the kernel may put an identifier of its own into what is sent.
class PingConversation final : public Conversation {
 public:
  PingConversation(Family family, std::uint64_t random) : family_(family), random_(random) {}

  Step begin() override;
  Step received(std::string_view message) override;

 private:
  Family family_;
  std::uint64_t random_;
};

}  // namespace holdfast::check
