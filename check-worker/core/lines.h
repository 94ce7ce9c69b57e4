// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::check {

// Lines of a stream whose bytes come cut anywhere. A line ends with LF, and a CR before it is no
// part of it.
class Lines {
 public:
  // Of a longer one, too_long() tells; it is never handed out.
  explicit Lines(std::size_t max) : max_(max) {}

  void take(std::string_view bytes) { bytes_ += bytes; }
  std::optional<std::string> next();
  bool too_long() const { return bytes_.size() > max_; }  // once next() has no more

  const std::string& rest() const { return bytes_; }  // what has come of a line that has no end yet

 private:
  std::size_t max_;
  std::string bytes_;
};

}  // namespace holdfast::check
