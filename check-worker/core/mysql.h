// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// The connection phase of MySQL's protocol: the server greets, and if there is a user, that one
// logs in without a password and leaves.
//
// Without a user the server sees a client that says nothing and leaves. It counts that against the
// client's address (max_connect_errors, 100 by default) and then refuses it, until somebody else
// from there logs in.
class MysqlConversation final : public Conversation {
 public:
  explicit MysqlConversation(const MysqlCheck& check) : user_(check.user) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  static constexpr int kPacketsMax = 8;  // before the login has an end

  Step packet(std::uint8_t sequence, std::string_view payload);
  Step greeted(std::uint8_t sequence, std::string_view payload);
  Step logging_in(std::uint8_t sequence, std::string_view payload);

  std::string user_;
  std::string bytes_;
  int packets_ = 0;
};

}  // namespace holdfast::check
