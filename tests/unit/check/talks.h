// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"

namespace holdfast::check {

using Talk = std::function<std::unique_ptr<Conversation>()>;

// What a fresh conversation does with a stream: all that it sends, and its conclusion, as one line:
// "sent 'PING'; good: answered". The bytes come in pieces of `piece`.
inline std::string transcript(Conversation& conversation, std::string_view stream,
                              std::size_t piece, bool close) {
  std::string sent;
  const auto done = [&sent](const Step& step) -> std::string {
    sent += step.send;
    if (step.start_tls) sent += "[tls]";
    if (step.anew) sent += "[anew]";
    if (!step.end) return {};
    return "sent '" + sent + (step.end->good ? "'; good: " : "'; bad: ") + step.end->reason;
  };
  std::string end = done(conversation.begin());
  while (end.empty() && !stream.empty()) {
    const Step step = conversation.received(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    end = done(step);
    if (end.empty() && step.start_tls) end = done(conversation.secured());
  }
  if (!end.empty()) return end;
  if (close) return done(conversation.closed());
  const Conclusion silence = conversation.silence();
  return "sent '" + sent + (silence.good ? "'; silence, good: " : "'; silence: ") + silence.reason;
}

// The same whether it comes at once or byte by byte.
inline std::string transcript(const Talk& make, std::string_view stream, bool close = false) {
  const std::string whole =
      transcript(*make(), stream, std::max<std::size_t>(1, stream.size()), close);
  EXPECT_EQ(transcript(*make(), stream, 1, close), whole);
  return whole;
}

}  // namespace holdfast::check
