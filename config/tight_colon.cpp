// SPDX-License-Identifier: Apache-2.0
#include "config/tight_colon.h"

#include <algorithm>

#include "config/scalars.h"

namespace holdfast {
namespace {

constexpr std::size_t kShortestKey = 3;  // two letters are of an Ethernet address

bool says_nothing(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \r");
  return first == std::string_view::npos || line[first] == '#';
}

}  // namespace

std::optional<std::size_t> tight_colon(std::string_view text) {
  const std::size_t colon = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  if (colon == std::string_view::npos || colon < kShortestKey || text[colon] != ':') return {};
  const std::string_view rest = text.substr(colon + 1);
  if (rest.empty() || std::string_view(" \t\r:/").find(rest[0]) != std::string_view::npos)
    return {};
  if (rest.find("::") != std::string_view::npos) return {};
  return colon;
}

std::optional<TightKey> tight_key_before(std::string_view document, std::size_t start) {
  for (int lines = 0, told = 0; told < 2; ++lines) {
    const std::size_t end = std::min(document.find('\n', start), document.size());
    const std::string_view line = document.substr(start, end - start);
    if (!says_nothing(line)) {
      ++told;
      const std::size_t key = std::min(line.find_first_not_of("- "), line.size());
      if (const auto colon = tight_colon(line.substr(key))) {
        return TightKey{std::string(line.substr(key, *colon)), lines, static_cast<int>(key) + 1};
      }
    }
    if (start == 0) break;
    const std::size_t before = document.substr(0, start - 1).rfind('\n');
    start = before == std::string_view::npos ? 0 : before + 1;
  }
  return {};
}

std::string needs_blank(std::string_view key) {
  return "found no blank after the colon of " + quote(key) + ", expected '" + std::string(key) +
         ": ...'";
}

}  // namespace holdfast
