// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "config/config.h"

namespace holdfast::alert {

// What a message to a receiver says: alerts, the oldest first, at least one.
struct Batch {
  std::string node;
  std::vector<Alert> alerts;
  std::uint64_t left_out = 0;  // so many more were not told
};

// 2026-11-26T12:00:00Z.
std::string utc(RealTime time);

// One line: "lb1: instance web is MASTER here", or how many there are and which is the worst.
std::string headline(const Batch& batch);

// A line an alert, and one of what was left out: with the end of each.
std::string lines_of(const Batch& batch, const std::string& end);

// A message of RFC 5322 in UTF-8, with CRLF. `id` is unique for this node: of a message that is
// sent again it is the same, so that a mailer can tell.
std::string mail_of(const Batch& batch, const EmailReceiver& receiver, RealTime now,
                    const std::string& id);

}  // namespace holdfast::alert
