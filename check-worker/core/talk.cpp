// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/talk.h"

#include <algorithm>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

constexpr std::size_t kFirstMax = 80;  // more than an excerpt shows

}  // namespace

Step TalkConversation::begin() {
  at_ = 0;
  bytes_.clear();
  return proceed();
}

Step TalkConversation::received(std::string_view bytes) {
  bytes_ += bytes;
  received_ += bytes.size();
  first_ += bytes.substr(0, kFirstMax - std::min(first_.size(), kFirstMax));
  Step next;
  while (at_ < steps_.size()) {
    const Found found = look();
    if (found == Found::kNo) return conclude(false, unmet());
    if (found == Found::kNotYet) {
      if (received_ > kKeptMax) return conclude(false, "endless answer: " + unmet());
      return next;
    }
    ++at_;
    const Step step = proceed();
    next.send += step.send;
    next.end = step.end;
    if (!bytes_.empty()) {
      received_ = bytes_.size();
      first_ = bytes_.substr(0, kFirstMax);
    }
  }
  return next;
}

// Sends what needs no answer, and then what does.
Step TalkConversation::proceed() {
  Step next;
  received_ = 0;
  first_.clear();
  for (; at_ < steps_.size(); ++at_) {
    next.send += steps_[at_].send;
    if (!steps_[at_].expect.empty()) return next;
  }
  next.end = Conclusion{true, steps_.empty() ? "connected" : "answered as expected"};
  return next;
}

// Leaves what came behind it for the next step.
TalkConversation::Found TalkConversation::look() {
  const TalkStep& step = steps_[at_];
  if (step.at_start) {
    const std::size_t size = std::min(bytes_.size(), step.expect.size());
    if (bytes_.compare(0, size, step.expect, 0, size) != 0) return Found::kNo;
    if (size < step.expect.size()) return Found::kNotYet;
    bytes_.erase(0, size);
    return Found::kYes;
  }
  const std::size_t found = bytes_.find(step.expect);
  if (found != std::string::npos) {
    bytes_.erase(0, found + step.expect.size());
    return Found::kYes;
  }
  // What is looked for may have begun in the last bytes.
  const std::size_t kept = std::min(bytes_.size(), step.expect.size() - 1);
  bytes_.erase(0, bytes_.size() - kept);
  return Found::kNotYet;
}

Step TalkConversation::closed() {
  return conclude(false, "closed the connection: " + unmet());
}

Conclusion TalkConversation::silence() const {
  return {false, received_ == 0 ? "no answer" : unmet()};
}

std::string TalkConversation::wanted() const {
  const TalkStep& step = steps_[at_];
  return (step.at_start ? "expected " : "expected somewhere ") + excerpt(step.expect);
}

std::string TalkConversation::unmet() const {
  if (at_ >= steps_.size()) return "nothing is awaited";
  const std::string where = steps_.size() > 1 ? " in step " + std::to_string(at_ + 1) : "";
  return "received " + excerpt(first_) + where + ", " + wanted();
}

}  // namespace holdfast::check
