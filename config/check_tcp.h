// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/ip.h"

namespace holdfast {

// Good, if a connection opens.
struct TcpCheck {
  Endpoint endpoint;
  bool operator==(const TcpCheck&) const = default;
};

}  // namespace holdfast
