// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "common/core/ip.h"

namespace holdfast::check {

// Of an echo request or reply; nothing, if the message is too short for one.
std::optional<std::uint16_t> echo_sequence(std::string_view message);

// Puts an identifier and a sequence number into an echo request, and makes its checksum (of ICMPv6
// the kernel makes it, which knows the addresses that it covers).
void address_echo(std::string& message, Family family, std::uint16_t identifier,
                  std::uint16_t sequence);

// An echo request and its reply: RFC 792, and RFC 4443 §4. Identifier, sequence number and checksum
// are left to who sends it. Of a reply the data is compared, which nobody can guess.
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
