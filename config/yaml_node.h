// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "config/yaml_text.h"

namespace holdfast {

struct YamlNode;

// What a map or a list holds: as much as matters of a std::vector, in the room of a pointer, since
// most values hold nothing.
class YamlNodes {
 public:
  YamlNodes() = default;
  YamlNodes(const YamlNodes& other);
  YamlNodes(YamlNodes&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  YamlNodes& operator=(YamlNodes other) noexcept;
  ~YamlNodes();

  std::size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  bool empty() const { return size() == 0; }
  YamlNode* begin() { return data(); }
  YamlNode* end();
  const YamlNode* begin() const { return data(); }
  const YamlNode* end() const;
  std::span<const YamlNode> all() const;
  YamlNode& operator[](std::size_t at);
  const YamlNode& operator[](std::size_t at) const;
  YamlNode& back();

  void take(std::span<YamlNode> nodes);  // them, and no others
  void resize(std::size_t size);
  void push_back(YamlNode node);
  YamlNode& emplace_back();
  void erase(YamlNode* first, YamlNode* last);

 private:
  struct Block {  // and then the nodes
    std::uint32_t size;
    std::uint32_t room;
  };

  YamlNode* data() const { return block_ == nullptr ? nullptr : nodes_of(block_); }
  static YamlNode* nodes_of(Block* block) { return reinterpret_cast<YamlNode*>(block + 1); }
  void reserve(std::size_t room);
  void clear();

  Block* block_ = nullptr;
};

// One value of a YAML document and where it stands; lines and columns (in bytes) count from 1.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar in quotes, which is never a number
  int line = 1;
  int column = 1;
  const std::string* file = nullptr;  // that it stands in, and outlives it; null: the document
  YamlText text;                      // of a scalar
  YamlNodes children;                 // of a map: key, value, key, value; keys are unique scalars
};

inline YamlNode* YamlNodes::end() {
  return data() + size();
}
inline const YamlNode* YamlNodes::end() const {
  return data() + size();
}
inline std::span<const YamlNode> YamlNodes::all() const {
  return {begin(), size()};
}
inline YamlNode& YamlNodes::operator[](std::size_t at) {
  return data()[at];
}
inline const YamlNode& YamlNodes::operator[](std::size_t at) const {
  return data()[at];
}
inline YamlNode& YamlNodes::back() {
  return data()[size() - 1];
}

std::string place_text(const YamlNode& node);  // "line 7, column 3", " of FILE" if it is another

inline constexpr std::size_t kYamlNodesMax = 1'000'000;  // with aliases expanded
inline constexpr std::size_t kYamlDepthMax = 32;

}  // namespace holdfast
