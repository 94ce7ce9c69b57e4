// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// What a line of HAProxy's agent-check protocol says.
struct AgentReport {
  enum class Health : std::uint8_t { kUp, kDown, kFail, kStopped };
  enum class Mode : std::uint8_t { kReady, kDrain, kMaint };

  std::optional<Health> health;
  std::optional<Mode> mode;
  std::optional<std::uint8_t> weight;  // 0..100 percent; what is more is 100
  std::string comment;                 // what follows '#'
  std::string unknown;                 // the first word that is none of the protocol
  bool operator==(const AgentReport&) const = default;
};

// Words are parted by blanks, tabs and commas, in either case. Of those that contradict each other
// the last one holds. "maxconn:N" is taken and means nothing here.
AgentReport parse_agent_line(std::string_view line);

// Reads one line from a connection, after sending something, if it is wanted.
class AgentConversation final : public Conversation {
 public:
  explicit AgentConversation(const AgentCheck& check) : send_(check.send) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Step closed() override;
  Conclusion silence() const override;

 private:
  static constexpr std::size_t kLineMax = 1024;

  std::string send_;
  std::string line_;
};

}  // namespace holdfast::check
