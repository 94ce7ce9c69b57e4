// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/file_value.h"

#include <charconv>
#include <system_error>

namespace holdfast::supervisor {

Result<std::int32_t> file_value(std::string_view content) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = content.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return fail(kFileIsEmpty);
  content = content.substr(begin, content.find_last_not_of(kBlanks) + 1 - begin);
  if (content.starts_with('+')) content.remove_prefix(1);
  std::int32_t value = 0;
  const auto [rest, error] =
      std::from_chars(content.data(), content.data() + content.size(), value);
  const bool whole = error == std::errc{} && rest == content.data() + content.size();
  if (!whole) return fail("holds no whole number");
  if (value > kFileValueMax || value < -kFileValueMax) {
    return fail("holds a number beyond " + std::to_string(kFileValueMax));
  }
  return value;
}

}  // namespace holdfast::supervisor
