// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/core/messages.h"

namespace holdfast::alert {

// How much an alert hurts, as syslog counts (RFC 5424 §6.2.1): 2 critical .. 6 informational.
std::uint8_t severity_of(const Alert& alert);

// An event that lasts until it is resolved; others are over as they happen.
bool lasts(const Alert& alert);

// A message of RFC 5424 for one datagram.
std::string syslog_line(const Alert& alert, const std::string& node, std::uint8_t facility);

}  // namespace holdfast::alert
