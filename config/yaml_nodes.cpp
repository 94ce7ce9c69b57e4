// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "common/core/result.h"
#include "config/yaml_node.h"

namespace holdfast {

YamlNodes::YamlNodes(const YamlNodes& other) {
  if (other.empty()) return;
  reserve(other.size());
  std::uninitialized_copy(other.begin(), other.end(), data());
  block_->size = other.block_->size;
}

YamlNodes& YamlNodes::operator=(YamlNodes other) noexcept {
  std::swap(block_, other.block_);
  return *this;
}

YamlNodes::~YamlNodes() {
  clear();
}

void YamlNodes::clear() {
  if (block_ == nullptr) return;
  std::destroy(begin(), end());
  ::operator delete(std::exchange(block_, nullptr));
}

void YamlNodes::reserve(std::size_t room) {
  static_assert(alignof(YamlNode) <= sizeof(Block));
  HF_CHECK(room <= kYamlNodesMax);
  if (block_ != nullptr && room <= block_->room) return;
  auto* const block = static_cast<Block*>(::operator new(sizeof(Block) + room * sizeof(YamlNode)));
  const auto count = static_cast<std::uint32_t>(size());
  std::uninitialized_move(begin(), end(), nodes_of(block));
  clear();
  block_ = new (block) Block{count, static_cast<std::uint32_t>(room)};
}

void YamlNodes::take(std::span<YamlNode> nodes) {
  clear();
  if (nodes.empty()) return;
  reserve(nodes.size());
  std::uninitialized_move(nodes.begin(), nodes.end(), data());
  block_->size = static_cast<std::uint32_t>(nodes.size());
}

void YamlNodes::resize(std::size_t size) {
  if (size <= this->size()) {
    if (size < this->size()) erase(begin() + size, end());
    return;
  }
  reserve(size);
  std::uninitialized_value_construct(end(), data() + size);
  block_->size = static_cast<std::uint32_t>(size);
}

YamlNode& YamlNodes::emplace_back() {
  if (block_ == nullptr || block_->size == block_->room)
    reserve(std::max<std::size_t>(4, 2 * size()));
  YamlNode* const fresh = new (end()) YamlNode;
  ++block_->size;
  return *fresh;
}

void YamlNodes::push_back(YamlNode node) {
  emplace_back() = std::move(node);
}

void YamlNodes::erase(YamlNode* first, YamlNode* last) {
  YamlNode* const rest = std::move(last, end(), first);
  std::destroy(rest, end());
  block_->size = static_cast<std::uint32_t>(rest - begin());
}

}  // namespace holdfast
