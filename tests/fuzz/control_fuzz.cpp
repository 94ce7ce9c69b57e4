// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "supervisor/core/control_request.h"

// Any bytes are a request or are refused in words that a terminal can be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = holdfast::supervisor::parse_request(line);
  if (!request) {
    const std::string& why = request.error().message;
    HF_CHECK(std::all_of(why.begin(), why.end(), [](char c) { return c >= ' ' && c < '\x7F'; }));
  }
  return 0;
}
