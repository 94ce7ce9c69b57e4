// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/lines.h"

namespace holdfast::check {

std::optional<std::string> Lines::next() {
  const std::size_t end = bytes_.find('\n');
  if (end == std::string::npos || end > max_) return std::nullopt;
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace holdfast::check
