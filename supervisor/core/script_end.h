// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/messages.h"
#include "common/core/time.h"

namespace holdfast::supervisor {

// What a script writes: its first line is kept for the reason, the rest only counted.
class FirstLine {
 public:
  static constexpr std::size_t kMax = 200;  // bytes

  void take(std::string_view bytes);
  // Without blanks at its ends; what is no printable ASCII as '?'.
  std::string text() const;
  std::size_t bytes() const { return bytes_; }  // of all that was written

 private:
  std::string line_;
  bool ended_ = false;
  std::size_t bytes_ = 0;
};

struct ScriptEnd {
  std::string error{};  // why it never ran; empty: it did
  bool late = false;    // it had to be told to end, after its timeout
  int status = 0;       // exit status, if not killed
  int signal = 0;       // that killed it, or 0
  std::string line{};   // the first that it wrote
};

// What it says; `weight` is nothing where no status can say one. As keepalived's misc_dynamic, a
// status of 2..255 then is good and means a weight of two less, here in percent and at most 100.
struct ScriptVerdictAndWeight {
  bool good = false;
  std::optional<std::uint8_t> weight;  // 0..100 percent
  bool operator==(const ScriptVerdictAndWeight&) const = default;
};
ScriptVerdictAndWeight verdict_of(const ScriptEnd& end, bool dynamic_weight);

// "exited with status 2: no route to the database", "did not end within 1s".
std::string reason_of(const ScriptEnd& end, Duration timeout);

}  // namespace holdfast::supervisor
