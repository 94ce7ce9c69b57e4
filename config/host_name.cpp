// SPDX-License-Identifier: Apache-2.0
#include "config/host_name.h"

#include <algorithm>

namespace holdfast {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
                  c == '_';
         });
}

std::string_view without_last_dot(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_dns_name(std::string_view text) {
  if (text == ".") return true;
  text = without_last_dot(text);
  if (text.empty() || text.size() > kHostNameMax) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_host_name(std::string_view text) {
  if (text == "." || !is_dns_name(text)) return false;
  text = without_last_dot(text);
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), is_digit);
}

}  // namespace holdfast
