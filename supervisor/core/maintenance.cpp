// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/maintenance.h"

#include "common/core/number.h"

namespace holdfast::supervisor {
namespace {

// Of seconds since 1970.
std::optional<std::int64_t> time_of(std::string_view text) {
  const auto number = whole_number<std::int64_t>(text);
  return number && *number >= 0 ? number : std::nullopt;
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
  const auto since = time_of(text.substr(0, blank));
  const std::string_view rest = text.substr(blank + 1, text.size() - blank - 2);
  const auto until = time_of(rest);
  if (!since || (!until && rest != "-")) return fail("is no line: SINCE UNTIL");
  return MaintenanceOrder{*since, until};
}

}  // namespace holdfast::supervisor
