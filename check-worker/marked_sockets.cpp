// SPDX-License-Identifier: Apache-2.0
#include "check-worker/marked_sockets.h"

namespace holdfast::check {

MarkedSockets::Waiting::~Waiting() {
  if (sockets_ != nullptr) sockets_->waiting_.erase(ticket_);
}

MarkedSockets::Waiting& MarkedSockets::Waiting::operator=(Waiting&& other) noexcept {
  std::swap(sockets_, other.sockets_);
  std::swap(ticket_, other.ticket_);
  return *this;
}

MarkedSockets::Waiting MarkedSockets::open(const std::string& check, bool stream, Opened opened) {
  waiting_.emplace(++last_, std::move(opened));
  queue_.push({check, last_, stream});
  ask_next();
  return {*this, last_};
}

void MarkedSockets::ask_next() {
  while (!queue_.empty() && asked_ < kAskedMax) {
    const AskSocket next = std::move(queue_.front());
    queue_.pop();
    if (!waiting_.contains(next.ticket)) continue;  // Nobody waits any more.
    ++asked_;
    ask_(next);
  }
}

void MarkedSockets::answered(const MarkedSocket& answer, OwnedFd socket) {
  if (asked_ > 0) --asked_;
  ask_next();
  const auto waiting = waiting_.extract(answer.ticket);
  if (waiting.empty()) return;
  if (socket) {
    waiting.mapped()(std::move(socket));
  } else {
    // Without a fault it came, and found no descriptor free.
    waiting.mapped()(fail(answer.fault.empty() ? "too many open files" : answer.fault));
  }
}

}  // namespace holdfast::check
