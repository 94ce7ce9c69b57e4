// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// `key:value` without a blank is one text for YAML. Most often a key and its value are meant.
namespace holdfast {

// In "name:web" the place of that colon. Of what may be meant as one text, an address or a URL,
// none.
std::optional<std::size_t> tight_colon(std::string_view text);

// Such a key in the line that begins at `start`, or in the one before: the parser goes on behind
// such a text, and only then meets what does not fit.
struct TightKey {
  std::string key;
  int lines = 0;   // above
  int column = 1;  // in bytes
};
std::optional<TightKey> tight_key_before(std::string_view document, std::size_t start);

std::string needs_blank(std::string_view key);  // a message

}  // namespace holdfast
