// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>

#include "common/core/time.h"

namespace holdfast {

inline std::string in_words(Duration duration) {  // "0.4 ms", "1.5 s"
  const auto microseconds = static_cast<double>(duration.count());
  std::ostringstream text;
  if (duration < std::chrono::seconds{1}) {
    text << microseconds / 1e3 << " ms";
  } else {
    text << microseconds / 1e6 << " s";
  }
  return text.str();
}

}  // namespace holdfast
