// SPDX-License-Identifier: Apache-2.0
#include "common/core/wire.h"

#include "common/core/result.h"

namespace holdfast {

void Encoder::put(std::uint64_t value, unsigned width) {
  for (unsigned shift = width * 8; shift > 0; shift -= 8) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

void Encoder::operator()(const std::string& value) {
  HF_CHECK(value.size() <= kStringSizeMax);
  put(value.size(), 2);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
}

void Encoder::list_size(std::size_t size, std::size_t max) {
  HF_CHECK(size <= max);
  put(size, 2);
}

std::uint64_t Decoder::get(unsigned width) {
  if (failed_ || rest_.size() < width) {
    failed_ = true;
    return 0;
  }
  std::uint64_t value = 0;
  for (const std::uint8_t byte : rest_.first(width)) value = (value << 8) | byte;
  rest_ = rest_.subspan(width);
  return value;
}

void Decoder::operator()(bool& value) {
  const std::uint64_t number = get(1);
  if (number > 1) failed_ = true;
  value = number == 1;
}

void Decoder::operator()(std::string& value) {
  const std::size_t size = get(2);
  if (failed_ || size > kStringSizeMax || rest_.size() < size) {
    failed_ = true;
    value.clear();
    return;
  }
  value.assign(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size));
  rest_ = rest_.subspan(size);
}

std::size_t Decoder::list_size(std::size_t max) {
  const std::size_t size = get(2);
  if (size > max) failed_ = true;
  return failed_ ? 0 : size;
}

}  // namespace holdfast
