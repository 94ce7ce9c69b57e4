// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/core/ip.h"

namespace holdfast {

// The one after it, of the same family; after the last of all comes the first.
inline IpAddress next_address(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{};
  const auto given = address.bytes();
  std::copy(given.begin(), given.end(), bytes.begin());
  for (std::size_t i = given.size(); i-- > 0;) {
    if (++bytes.at(i) != 0) break;
  }
  if (!address.is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

}  // namespace holdfast
