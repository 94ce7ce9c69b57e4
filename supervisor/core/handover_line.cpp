// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/handover_line.h"

#include <algorithm>

namespace holdfast::supervisor {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Whatever is no escape stands for itself: what misses its end was cut by nobody of ours.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t high = i + 2 < text.size() ? kDigits.find(text[i + 1]) : std::string::npos;
    const std::size_t low = i + 2 < text.size() ? kDigits.find(text[i + 2]) : std::string::npos;
    if (text[i] != '%' || high == std::string::npos || low == std::string::npos) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(high << 4U | low);
    i += 2;
  }
  return plain;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c > ' ' && c < '\x7F' && c != '%') {
      safe += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    safe += '%';
    safe += kDigits[byte >> 4U];
    safe += kDigits[byte & 15U];
  }
  return safe;
}

std::string_view to_string(NoticeOf of) {
  switch (of) {
    case NoticeOf::kInstance:
      return "instance";
    case NoticeOf::kGroup:
      return "group";
    case NoticeOf::kService:
      return "virtual-server";
  }
  return "";
}

LineReader::LineReader(std::string_view line) {
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    const std::size_t equals = word.find('=');
    if (begin == 0) {
      kind_ = word;
    } else if (equals != std::string_view::npos) {
      values_[std::string(word.substr(0, equals))] = unescaped(word.substr(equals + 1));
    }
    begin = end + 1;
  }
}

}  // namespace holdfast::supervisor
