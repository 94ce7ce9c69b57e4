// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "common/core/ids.h"
#include "common/core/time.h"

namespace holdfast {

inline constexpr std::size_t kMessageSizeMax = 4096;
inline constexpr std::size_t kStringSizeMax = 512;
inline constexpr std::size_t kListSizeMax = 64;

// An enum that travels names its last enumerator here; a decoder refuses anything above it.
template <typename E>
inline constexpr E kLastOf = E::kLast;

// Encoder and Decoder are the two archives of a message's one describe(). Numbers are big-endian
// and of fixed width; a string or a list is its length (16 bits) and its elements. Encoding what
// exceeds a limit is a bug; decoding it is an error of the sender.
class Encoder {
 public:
  void operator()(bool value) { put(value ? 1U : 0U, 1); }
  void operator()(std::uint8_t value) { put(value, 1); }
  void operator()(std::uint16_t value) { put(value, 2); }
  void operator()(std::uint32_t value) { put(value, 4); }
  void operator()(std::int32_t value) { put(static_cast<std::uint32_t>(value), 4); }
  void operator()(std::uint64_t value) { put(value, 8); }
  void operator()(Time value) {
    put(static_cast<std::uint64_t>(value.time_since_epoch().count()), 8);
  }
  void operator()(RealTime value) {
    put(static_cast<std::uint64_t>(value.time_since_epoch().count()), 8);
  }
  void operator()(Priority value) { put(value.value, 1); }
  void operator()(Generation value) { put(value.value, 4); }
  void operator()(const std::string& value);
  template <typename E>
  requires std::is_enum_v<E>
  void operator()(E value) { put(static_cast<std::uint8_t>(value), 1); }
  void list_size(std::size_t size, std::size_t max = kListSizeMax);

  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t value, unsigned width);

  std::vector<std::uint8_t> bytes_;
};

// Never reads past its input. After the first failure every read yields zero and ok() is false.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  void operator()(bool& value);  // only 0 and 1 are booleans
  void operator()(std::uint8_t& value) { value = static_cast<std::uint8_t>(get(1)); }
  void operator()(std::uint16_t& value) { value = static_cast<std::uint16_t>(get(2)); }
  void operator()(std::uint32_t& value) { value = static_cast<std::uint32_t>(get(4)); }
  void operator()(std::int32_t& value) { value = static_cast<std::int32_t>(get(4)); }
  void operator()(std::uint64_t& value) { value = get(8); }
  void operator()(Time& value) { value = Time{Duration{static_cast<std::int64_t>(get(8))}}; }
  void operator()(RealTime& value) {
    value = RealTime{Duration{static_cast<std::int64_t>(get(8))}};
  }
  void operator()(Priority& value) { value.value = static_cast<std::uint8_t>(get(1)); }
  void operator()(Generation& value) { value.value = static_cast<std::uint32_t>(get(4)); }
  void operator()(std::string& value);
  template <typename E>
  requires std::is_enum_v<E>
  void operator()(E& value) {
    const std::uint64_t number = get(1);
    if (number > static_cast<std::uint8_t>(kLastOf<E>)) failed_ = true;
    value = failed_ ? E{} : static_cast<E>(number);
  }
  std::size_t list_size(std::size_t max = kListSizeMax);

  bool ok() const { return !failed_; }
  bool finished() const { return !failed_ && rest_.empty(); }
  std::span<const std::uint8_t> rest() const { return rest_; }  // behind what was read

 private:
  std::uint64_t get(unsigned width);

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

}  // namespace holdfast
