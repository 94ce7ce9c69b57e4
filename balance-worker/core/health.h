// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::balance {

using CheckLookup = std::function<const CheckState*(const std::string& name)>;  // null: no result

// What its checks say of a server, all together.
struct Health {
  bool up = false;
  bool known = false;        // every check that decides it has a result
  std::uint8_t percent = 0;  // of its weight, 0..100
  Time since{};              // the latest of the results that decide it
  std::string reason;        // for a person
  bool operator==(const Health&) const = default;
};

Health health_of(const RealServerConfig& server, bool initially_up, const CheckLookup& check);

}  // namespace holdfast::balance
