// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/check_endpoint.h"

namespace holdfast {

// Good, if the server answers with this rcode, and one of the records of the type is as expected.
struct DnsCheck {
  CheckEndpoint endpoint;
  bool tcp = false;                    // else UDP, and TCP if the reply does not fit
  std::string name = ".";              // at most 253 bytes
  std::uint16_t type = 6;              // SOA, as keepalived asks
  std::uint8_t rcode = 0;              // NOERROR
  std::vector<std::string> answers{};  // at most 16; none: any, or no record at all
  bool operator==(const DnsCheck&) const = default;
};

}  // namespace holdfast
