// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// The first two messages of PostgreSQL's protocol 3.0: a client's start, and what the server asks
// of it before it may go on. Whoever is refused was answered by a server at work; only the classes
// of error that mean that it serves nobody now are bad: 53 (out of resources), 57 (starting up,
// shutting down), 58 and XX (it is broken).
class PostgresqlConversation final : public Conversation {
 public:
  explicit PostgresqlConversation(const PostgresqlCheck& check)
      : user_(check.user), database_(check.database) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  std::string user_;
  std::string database_;
  std::string bytes_;
};

}  // namespace holdfast::check
