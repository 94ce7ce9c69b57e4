// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_text.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common/core/result.h"

namespace holdfast {

YamlText& YamlText::operator=(YamlText&& other) noexcept {
  if (this == &other) return *this;
  clear();
  take(other);
  return *this;
}

// Which may be a part of its own.
YamlText& YamlText::operator=(std::string_view text) {
  YamlText fresh(text);
  return *this = std::move(fresh);
}

const char* YamlText::heap() const {
  const char* at = nullptr;
  std::memcpy(&at, bytes_.data(), sizeof at);
  return at;
}

std::size_t YamlText::heap_size() const {
  std::uint32_t size = 0;
  std::memcpy(&size, bytes_.data() + sizeof(char*), sizeof size);
  return size;
}

void YamlText::set(std::string_view text) {
  if (text.size() <= kInside) {
    std::copy(text.begin(), text.end(), bytes_.begin());
    size_ = static_cast<std::uint8_t>(text.size());
    return;
  }
  HF_CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max());
  char* const copy = new char[text.size()];
  std::copy(text.begin(), text.end(), copy);
  const auto size = static_cast<std::uint32_t>(text.size());
  std::memcpy(bytes_.data(), &copy, sizeof copy);
  std::memcpy(bytes_.data() + sizeof copy, &size, sizeof size);
  size_ = kOnHeap;
}

void YamlText::take(YamlText& other) {
  bytes_ = other.bytes_;
  size_ = std::exchange(other.size_, std::uint8_t{0});
}

void YamlText::clear() {
  if (size_ == kOnHeap) delete[] heap();
  size_ = 0;
}

}  // namespace holdfast
