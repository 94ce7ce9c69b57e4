// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// Bytes that are sent and bytes that must come, step by step, over a stream. What is expected in a
// step is looked for in what came after the answer of the step before. With no step, that the
// connection stands is the whole question.
class TalkConversation final : public Conversation {
 public:
  explicit TalkConversation(const std::vector<TalkStep>& steps) : steps_(steps) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Step closed() override;
  Conclusion silence() const override;

 private:
  enum class Found { kNo, kNotYet, kYes };

  Step proceed();
  Found look();
  std::string wanted() const;
  std::string unmet() const;

  std::vector<TalkStep> steps_;
  std::size_t at_ = 0;        // the step whose answer is awaited
  std::string bytes_;         // of it, that may still be part of what is looked for
  std::string first_;         // what came first in it, for the reason
  std::size_t received_ = 0;  // in it
};

}  // namespace holdfast::check
