// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace holdfast::supervisor {

// The operator has taken this node out, in a form that outlives a restart: times are seconds since
// 1970.
struct MaintenanceOrder {
  std::int64_t since = 0;
  std::optional<std::int64_t> until{};  // and then it is over; nothing: until told so
  bool operator==(const MaintenanceOrder&) const = default;

  bool is_over(std::int64_t now) const { return until && *until <= now; }

  // One line: SINCE UNTIL, with '-' for what it has not. An empty text: no maintenance.
  std::string to_text() const;
  static Result<std::optional<MaintenanceOrder>> parse(std::string_view text);
};

}  // namespace holdfast::supervisor
