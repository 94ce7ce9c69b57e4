// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/maintenance.h"

#include <charconv>
#include <system_error>

namespace holdfast::supervisor {
namespace {

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string MaintenanceOrder::to_text() const {
  return std::to_string(since) + ' ' + (until ? std::to_string(*until) : "-") + '\n';
}

Result<std::optional<MaintenanceOrder>> MaintenanceOrder::parse(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::size_t blank = text.find(' ');
  const bool one_line = text.find('\n') == text.size() - 1;
  if (blank == std::string_view::npos || !one_line) return fail("is no line: SINCE UNTIL");
  const auto since = number_of(text.substr(0, blank));
  const std::string_view rest = text.substr(blank + 1, text.size() - blank - 2);
  const auto until = number_of(rest);
  if (!since || (!until && rest != "-")) return fail("is no line: SINCE UNTIL");
  return MaintenanceOrder{*since, until};
}

}  // namespace holdfast::supervisor
