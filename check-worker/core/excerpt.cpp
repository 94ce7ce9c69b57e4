// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

void put(std::string& text, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7f) {
    text += c;
  } else if (c == '\r') {
    text += "\\r";
  } else if (c == '\n') {
    text += "\\n";
  } else if (c == '\t') {
    text += "\\t";
  } else {
    text += "\\x";
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
}

}  // namespace

std::string excerpt(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.empty()) return "nothing";
  std::string text = "'";
  for (const char c : bytes.substr(0, bytes_max)) put(text, c);
  text += bytes.size() > bytes_max ? "...'" : "'";
  return text;
}

}  // namespace holdfast::check
