// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/core/ip.h"
#include "common/core/time.h"

// The part of the configuration that stands under `checks`.
namespace holdfast {

struct CheckConfig {
  std::string name;
  Endpoint tcp;
  Duration interval = std::chrono::seconds{1};  // 10 ms..1 day
  Duration timeout = std::chrono::seconds{1};   // 1 ms..1 day, at most the interval
  std::uint32_t rise = 1;                       // 1..1000 good results in a row: up
  std::uint32_t fall = 1;                       // 1..1000 bad results in a row: down
  bool operator==(const CheckConfig&) const = default;
};

}  // namespace holdfast
