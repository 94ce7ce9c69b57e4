// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "config/check_endpoint.h"

namespace holdfast {

// Bytes of which some bits may be anything.
struct BytePattern {
  std::string bytes;  // at most 1024; 0 where `mask` is
  std::string mask;   // of the same size; only these bits count
  bool operator==(const BytePattern&) const = default;
};

// Good, if a datagram is answered as expected; without require_reply also if nothing comes, as long
// as no ICMP error does.
struct UdpCheck {
  CheckEndpoint endpoint;
  std::string payload{};  // at most 1400 bytes, any
  bool require_reply = false;
  BytePattern reply{};      // what it begins with; empty: anything
  std::size_t min = 0;      // 0..65535 bytes
  std::size_t max = 65535;  // min..65535 bytes
  bool operator==(const UdpCheck&) const = default;
};

}  // namespace holdfast
