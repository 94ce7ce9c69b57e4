// SPDX-License-Identifier: Apache-2.0
#include "config/leading_colons.h"

#include <cstddef>

namespace holdfast {
namespace {

constexpr std::string_view kColons = "::";
constexpr std::string_view kStandIn = "\xee\x80\x80";  // U+E000, of private use
constexpr std::string_view kBlank = " \t\r\n";

bool begins_word(std::string_view document, std::size_t at) {
  constexpr std::string_view kBefore = " \t\n[{,";
  const bool first = at == 0 || kBefore.find(document[at - 1]) != std::string_view::npos;
  const std::size_t end = at + kColons.size();
  return first && end < document.size() && kBlank.find(document[end]) == std::string_view::npos;
}

}  // namespace

std::string without_leading_colons(std::string_view document) {
  std::string text;
  std::size_t done = 0;
  for (std::size_t at = document.find(kColons); at != std::string_view::npos;
       at = document.find(kColons, at + kColons.size())) {
    if (!begins_word(document, at)) continue;
    text.append(document, done, at - done).append(kStandIn).append(kStandIn);
    done = at + kColons.size();
  }
  if (done == 0 || document.find(kStandIn) != std::string_view::npos) return {};
  return text.append(document, done);
}

std::string with_colons(std::string_view text) {
  std::string restored;
  restored.reserve(text.size());
  for (std::size_t at = text.find(kStandIn); at != std::string_view::npos;
       at = text.find(kStandIn)) {
    restored.append(text, 0, at).append(":");
    text.remove_prefix(at + kStandIn.size());
  }
  return restored.append(text);
}

}  // namespace holdfast
