// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/check_endpoint.h"

namespace holdfast {

// Good, if an ICMP echo request is answered.
struct PingCheck {
  CheckEndpoint endpoint;  // the port is 0
  bool operator==(const PingCheck&) const = default;
};

}  // namespace holdfast
