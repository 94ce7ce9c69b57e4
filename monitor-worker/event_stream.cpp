// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/event_stream.h"

#include <algorithm>
#include <cstdint>

#include "common/core/number.h"
#include "status/events.h"

namespace holdfast::monitor {

bool EventStream::add(std::string_view text) {
  if (waiting_.size() + text.size() > kMost) return false;
  waiting_ += text;
  return true;
}

std::size_t EventStream::take(char* buffer, std::size_t room) {
  const std::size_t size = waiting_.copy(buffer, room);
  waiting_.erase(0, size);
  return size;
}

std::string first_words(const std::deque<Happened>& known, std::string_view last_id) {
  std::string text = "retry: 2000\n\n";
  const auto last = whole_number<std::uint64_t>(last_id);
  if (!last) return text;
  if (!known.empty() && known.front().id > *last) text += "event: gap\ndata: {}\n\n";
  for (const Happened& one : known) {
    if (one.id > *last) text += event_message(one.id, one.event);
  }
  return text;
}

}  // namespace holdfast::monitor
