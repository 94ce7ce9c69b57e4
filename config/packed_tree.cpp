// SPDX-License-Identifier: Apache-2.0
#include "config/packed_tree.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

// A node is its kind, a byte of which the highest bit says that it was quoted; line, column, the
// length of its text and the number of its children, each a number of seven bits a byte, the lowest
// first; its text, and its children.
constexpr std::uint8_t kQuoted = 0x80;
constexpr std::uint8_t kMore = 0x80;
constexpr unsigned kDigitBits = 7;
constexpr unsigned kNumberBits = 31;
constexpr std::size_t kNodeSizeMin = 5;

void put_number(std::string& bytes, std::size_t number) {
  for (; number >= kMore; number >>= kDigitBits) bytes += static_cast<char>(number | kMore);
  bytes += static_cast<char>(number);
}

void put(std::string& bytes, const YamlNode& node) {
  bytes += static_cast<char>(static_cast<std::uint8_t>(node.kind) | (node.quoted ? kQuoted : 0U));
  put_number(bytes, static_cast<std::size_t>(node.line));
  put_number(bytes, static_cast<std::size_t>(node.column));
  put_number(bytes, node.text.size());
  put_number(bytes, node.children.size());
  bytes += node.text;
  for (const YamlNode& child : node.children) put(bytes, child);
}

// Of what put() makes of it: about all of it.
std::size_t room_for(const YamlNode& node) {
  std::size_t room = kNodeSizeMin + 2 + node.text.size();
  for (const YamlNode& child : node.children) room += room_for(child);
  return room;
}

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  bool finished() const { return rest_.empty(); }

  bool read(YamlNode& node, std::size_t depth) {
    if (rest_.empty() || depth > kYamlDepthMax || ++nodes_ > kYamlNodesMax) return false;
    const auto kind = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    node.quoted = (kind & kQuoted) != 0;
    node.kind = static_cast<Kind>(kind & ~kQuoted);
    std::size_t line = 0;
    std::size_t column = 0;
    std::size_t length = 0;
    std::size_t children = 0;
    if (node.kind > Kind::kMap || !number(line) || !number(column) || !number(length) ||
        !number(children) || length > rest_.size()) {
      return false;
    }
    node.line = static_cast<int>(line);
    node.column = static_cast<int>(column);
    node.text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    const bool leaf = node.kind == Kind::kNull || node.kind == Kind::kScalar;
    if (children > rest_.size() / kNodeSizeMin || (leaf && children != 0) ||
        (node.kind == Kind::kMap && children % 2 != 0)) {
      return false;
    }
    node.children.resize(children);
    for (std::size_t i = 0; i < children; ++i) {
      YamlNode& child = node.children[i];
      if (!read(child, depth + 1)) return false;
      if (node.kind == Kind::kMap && i % 2 == 0 && child.kind != Kind::kScalar) return false;
    }
    return true;
  }

 private:
  bool number(std::size_t& value) {
    for (unsigned shift = 0; shift < kNumberBits && !rest_.empty(); shift += kDigitBits) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::size_t>(byte & ~kMore) << shift;
      if ((byte & kMore) == 0) return value < std::size_t{1} << kNumberBits;
    }
    return false;
  }

  std::string_view rest_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::string packed(const YamlNode& tree) {
  std::string bytes;
  bytes.reserve(room_for(tree));
  put(bytes, tree);
  return bytes;
}

Result<YamlNode> unpacked(std::string_view bytes) {
  YamlNode tree;
  Unpacker unpacker(bytes);
  if (!unpacker.read(tree, 1) || !unpacker.finished()) {
    return fail("the sealed configuration is no tree of values");
  }
  return tree;
}

}  // namespace holdfast
