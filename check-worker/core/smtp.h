// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "check-worker/core/lines.h"
#include "config/config.h"

namespace holdfast::check {

// RFC 5321 §3: the greeting, EHLO, and QUIT; between these, if wanted, STARTTLS (RFC 3207) and EHLO
// once more.
class SmtpConversation final : public Conversation {
 public:
  explicit SmtpConversation(const SmtpCheck& check)
      : helo_(check.helo), starttls_(check.starttls) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Step secured() override;
  Step closed() override;
  Conclusion silence() const override;

 private:
  enum class Awaits { kGreeting, kEhlo, kStartTls, kEhloAgain, kQuit };

  static constexpr std::size_t kLineMax = 2048;  // RFC 5321 §4.5.3.1.5 says 512
  static constexpr int kRepliesMax = 256;        // lines of one reply

  Step line(const std::string& text);
  Step replied(const std::string& last);
  Step say_ehlo(Awaits next);
  Step say_quit();
  std::string what() const;  // whose reply is awaited

  std::string helo_;
  bool starttls_ = false;
  Awaits awaits_ = Awaits::kGreeting;
  Lines lines_{kLineMax};
  int count_ = 0;  // lines of the reply under way
  bool offers_tls_ = false;
};

}  // namespace holdfast::check
