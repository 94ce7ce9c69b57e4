// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace holdfast {

// Reads a DNS message from front to back and never past its end. After the first failure every
// read yields nothing and ok() is false.
class DnsCursor {
 public:
  explicit DnsCursor(std::span<const std::uint8_t> message) : message_(message) {}

  std::uint8_t number8();
  std::uint16_t number16();
  std::uint32_t number32();

  // A name, compressed or not, without the dot at its end. In labels, what is no printable ASCII,
  // a dot and a backslash are written as \DDD (RFC 1035 §5.1).
  std::string name();

  // The next `size` bytes as the data of a record of this type; nothing, if it does not fill them
  // exactly.
  std::optional<std::string> data(std::uint16_t type, std::size_t size);

  bool ok() const { return !failed_; }

 private:
  std::string fields(std::uint16_t type, std::size_t end);
  std::string address(std::size_t size);
  std::string texts(std::size_t end);
  std::string unknown(std::size_t end);
  bool take(std::size_t size);  // whether they are there; then at_ is behind them

  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace holdfast
