// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/messages.h"
#include "common/core/time.h"

namespace holdfast::check {

// What happens in one attempt, a line an event, for a person: "   0.4 ms  received 15 bytes:
// '220 mx.example.com\r\n'". Bounded: at most as many lines as a CheckRun may tell less one, each
// cut to what a message carries; of what more happens the last line only gives the number.
class Transcript {
 public:
  explicit Transcript(Time start) : start_(start) {}

  void note(Time now, const std::string& what);
  void sent(Time now, std::string_view bytes) { said(now, "sent ", bytes); }
  void received(Time now, std::string_view bytes) { said(now, "received ", bytes); }

  std::vector<std::string> lines() const;

 private:
  static constexpr std::size_t kLinesMax = CheckRun::kLinesMax - 1;

  void said(Time now, const std::string& how, std::string_view bytes);

  Time start_;
  std::vector<std::string> lines_;
  std::size_t left_out_ = 0;
};

}  // namespace holdfast::check
