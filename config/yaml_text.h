// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

// The text of a value in half the bytes of a std::string: a large document has tens of thousands.
// Short ones, which are nearly all, stand within.
class YamlText {
 public:
  YamlText() = default;
  explicit YamlText(std::string_view text) { set(text); }
  YamlText(const YamlText& other) { set(other); }
  YamlText(YamlText&& other) noexcept { take(other); }
  YamlText& operator=(const YamlText& other) { return *this = std::string_view(other); }
  YamlText& operator=(YamlText&& other) noexcept;
  YamlText& operator=(std::string_view text);
  ~YamlText() { clear(); }

  operator std::string_view() const {  // NOLINT(google-explicit-constructor): that it is
    return size_ == kOnHeap ? std::string_view(heap(), heap_size()) : inside();
  }
  operator std::string() const {  // NOLINT(google-explicit-constructor): where one is kept
    return std::string(std::string_view(*this));
  }
  std::size_t size() const { return std::string_view(*this).size(); }
  bool empty() const { return size_ == 0; }
  char operator[](std::size_t at) const { return std::string_view(*this)[at]; }
  std::string_view substr(std::size_t from, std::size_t count = std::string_view::npos) const {
    return std::string_view(*this).substr(from, count);
  }
  std::size_t find(auto what) const { return std::string_view(*this).find(what); }
  std::size_t find_first_of(std::string_view of) const {
    return std::string_view(*this).find_first_of(of);
  }
  std::size_t find_first_not_of(std::string_view of) const {
    return std::string_view(*this).find_first_not_of(of);
  }
  bool starts_with(auto what) const { return std::string_view(*this).starts_with(what); }
  bool ends_with(auto what) const { return std::string_view(*this).ends_with(what); }
  bool operator==(std::string_view other) const { return std::string_view(*this) == other; }
  bool operator==(const YamlText& other) const { return *this == std::string_view(other); }
  auto operator<=>(std::string_view other) const { return std::string_view(*this) <=> other; }

 private:
  static constexpr std::size_t kInside = 15;
  static constexpr std::uint8_t kOnHeap = 0xff;

  std::string_view inside() const { return {bytes_.data(), size_}; }
  const char* heap() const;
  std::size_t heap_size() const;
  void set(std::string_view text);  // of what has none
  void take(YamlText& other);
  void clear();

  // Or a pointer, and a length of 32 bits.
  alignas(void*) std::array<char, kInside> bytes_{};
  std::uint8_t size_ = 0;
};

inline std::string operator+(const YamlText& a, std::string_view b) {
  return std::string(a).append(b);
}
inline std::string operator+(std::string_view a, const YamlText& b) {
  return std::string(a).append(b);
}

}  // namespace holdfast
