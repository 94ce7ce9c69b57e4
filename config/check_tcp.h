// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/check_endpoint.h"

namespace holdfast {

// Sends the one, then awaits the other.
struct TalkStep {
  std::string send;       // at most 4096 bytes, any; empty: nothing
  std::string expect;     // at most 1024 bytes, any; empty: no answer is awaited
  bool at_start = false;  // the answer must begin with it; else it may be anywhere in it
  bool operator==(const TalkStep&) const = default;
};

// Good, if a connection opens, and what is said on it is as expected.
struct TcpCheck {
  CheckEndpoint endpoint;
  std::vector<TalkStep> steps{};  // at most 16
  bool operator==(const TcpCheck&) const = default;
};

}  // namespace holdfast
