// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/ip.h"

namespace holdfast {

// Good, if an ICMP echo request is answered.
struct PingCheck {
  Endpoint endpoint;  // the port is 0
  bool operator==(const PingCheck&) const = default;
};

}  // namespace holdfast
