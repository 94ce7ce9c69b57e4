// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace holdfast {

// Virtual Router Identifier, 1..255 (RFC 9568 §5.2.3).
struct Vrid {
  std::uint8_t value = 0;
  auto operator<=>(const Vrid&) const = default;
};

// RFC 9568 §5.2.4: 0 the active router lets go, 1..254 a backup's, 255 the address owner.
struct Priority {
  std::uint8_t value = 100;
  auto operator<=>(const Priority&) const = default;
};

inline constexpr Priority kPriorityRelease{0};
inline constexpr Priority kPriorityOwner{255};

// Counts the configurations a supervisor has loaded; the first is 1.
struct Generation {
  std::uint32_t value = 0;
  auto operator<=>(const Generation&) const = default;
};

}  // namespace holdfast
