// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/check_endpoint.h"

namespace holdfast {

// What a program on the server says of it, in the words of HAProxy's agent-check.
struct AgentCheck {
  CheckEndpoint endpoint;
  std::string send{};  // at most 4096 bytes, any
  bool operator==(const AgentCheck&) const = default;
};

}  // namespace holdfast
