// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "common/core/messages.h"

// Server-sent events (the HTML standard, 9.2), without the connections that they go to.
namespace holdfast::monitor {

// What waits for one reader. Bounded: who lets more wait is lost.
class EventStream {
 public:
  static constexpr std::size_t kMost = 1UL << 20U;  // bytes: all that is kept fits, however long

  // False: it does not fit, and nothing of it is kept.
  bool add(std::string_view text);
  // As much as there is room for, from the front.
  std::size_t take(char* buffer, std::size_t room);
  bool empty() const { return waiting_.empty(); }

 private:
  std::string waiting_;
};

// What a reader is told first: that it is to come back two seconds after it was lost, and what has
// happened after the event that it says it had last (its Last-Event-ID; empty: it had none, and
// asks /v1/history). If that is no longer known, an event `gap`, and all that is known.
std::string first_words(const std::deque<Happened>& known, std::string_view last_id);

inline constexpr const char* kStillHere = ":\n\n";  // a comment, so that the dead are noticed

}  // namespace holdfast::monitor
