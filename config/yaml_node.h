// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

// One value of a YAML document and where it stands; lines and columns (in bytes) count from 1.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar in quotes, which is never a number
  int line = 1;
  int column = 1;
  const std::string* file = nullptr;  // that it stands in, and outlives it; null: the document
  std::string text;                   // of a scalar
  std::vector<YamlNode> children;     // of a map: key, value, key, value; keys are unique scalars
};

std::string place_text(const YamlNode& node);  // "line 7, column 3", " of FILE" if it is another

inline constexpr std::size_t kYamlNodesMax = 1'000'000;  // with aliases expanded
inline constexpr std::size_t kYamlDepthMax = 32;

}  // namespace holdfast
