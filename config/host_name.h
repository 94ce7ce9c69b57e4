// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace holdfast {

inline constexpr std::size_t kHostNameMax = 253;

// Labels of 1 to 63 letters, digits, '-' and '_' between dots, perhaps with a dot at the end; or
// ".": what DNS can be asked for.
bool is_dns_name(std::string_view text);

// Such a name, not the root, whose last label is no number: 192.0.2.300 is a slip, no name.
bool is_host_name(std::string_view text);

}  // namespace holdfast
