// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/core/messages.h"
#include "common/core/number.h"
#include "common/core/time.h"
#include "supervisor/core/notices.h"

// A line of a handover: KIND NAME=VALUE..., where a value has no blanks, line ends and per cent
// signs. An enumeration is written as its word.
namespace holdfast::supervisor {

// Blanks, per cent signs and whatever is not printable as %20.
std::string escaped(std::string_view text);

std::string_view to_string(NoticeOf of);

// All values of what is written as a word.
constexpr auto all_of(Role) {
  return kRoles;
}
constexpr auto all_of(VrrpState) {
  return std::array{VrrpState::kInitialize, VrrpState::kBackup, VrrpState::kActive,
                    VrrpState::kFault};
}
constexpr auto all_of(Cause) {
  std::array<Cause, kCauses> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Cause>(i);
  return all;
}
constexpr auto all_of(ServerUse) {
  return std::array{ServerUse::kServing, ServerUse::kQuiet, ServerUse::kAbsent};
}
constexpr auto all_of(NoticeOf) {
  return std::array{NoticeOf::kInstance, NoticeOf::kGroup, NoticeOf::kService};
}

template <typename E>
concept Word = std::is_enum_v<E>;

class LineWriter {
 public:
  explicit LineWriter(std::string_view kind) : line_(kind) {}

  void operator()(std::string_view name, std::string_view value) {
    line_.append(" ").append(name).append("=").append(escaped(value));
  }
  void operator()(std::string_view name, std::integral auto value) {
    (*this)(name, std::string_view(std::to_string(value)));
  }
  void operator()(std::string_view name, Time value) {
    (*this)(name, value.time_since_epoch().count());
  }
  void operator()(std::string_view name, Word auto value) { (*this)(name, to_string(value)); }
  template <std::integral T>
  void operator()(std::string_view name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  void word_of_late(std::string_view name, Word auto value) { (*this)(name, value); }

  std::string line() const { return line_ + "\n"; }

 private:
  std::string line_;
};

// What a line does not say, or says in a way that is not understood, stays as it is.
class LineReader {
 public:
  // The words of a line, and what the first of them is.
  explicit LineReader(std::string_view line);

  const std::string& kind() const { return kind_; }
  bool understood() const { return understood_; }  // every word that was read is one we know

  void operator()(std::string_view name, std::string& value) {
    if (const std::string* text = find(name)) value = bounded(*text);
  }
  template <std::integral T>
  void operator()(std::string_view name, T& value) {
    if (const std::string* text = find(name)) value = whole_number<T>(*text).value_or(value);
  }
  void operator()(std::string_view name, bool& value) {
    int number = value ? 1 : 0;
    (*this)(name, number);
    value = number != 0;
  }
  void operator()(std::string_view name, Time& value) {
    std::int64_t number = value.time_since_epoch().count();
    (*this)(name, number);
    value = Time{Duration{number}};
  }
  template <Word E>
  void operator()(std::string_view name, E& value) {
    const std::string* const text = find(name);
    for (const E one : all_of(E{})) {
      if (text == nullptr || to_string(one) != *text) continue;
      value = one;
      return;
    }
    understood_ = false;
  }
  // One that older versions do not say, and newer ones may say by words of their own: the line is
  // worth having without it.
  template <Word E>
  void word_of_late(std::string_view name, E& value) {
    const bool understood = understood_;
    (*this)(name, value);
    understood_ = understood;
  }
  template <std::integral T>
  void operator()(std::string_view name, std::optional<T>& value) {
    if (const std::string* text = find(name)) value = whole_number<T>(*text);
  }

 private:
  const std::string* find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }

  std::string kind_;
  std::map<std::string, std::string, std::less<>> values_;
  bool understood_ = true;
};

}  // namespace holdfast::supervisor
