// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

using Bytes = std::vector<std::uint8_t>;

// Bytes written as in a dump; spaces are for the eye.
inline Bytes hex(std::string_view text) {
  Bytes bytes;
  std::string pair;
  for (const char digit : text) {
    if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) continue;
    pair += digit;
    if (pair.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
    pair.clear();
  }
  return bytes;
}

}  // namespace holdfast
