// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "common/core/result.h"

namespace holdfast::supervisor {

// ---- What root may ask of a running supervisor.

struct AskStatus {  // "status": the document of docs/status.md
  bool operator==(const AskStatus&) const = default;
};

using ControlRequest = std::variant<AskStatus>;

// Of a request, in bytes, without the end of its line.
inline constexpr std::size_t kRequestMax = 4096;

// A request is one line of words parted by single blanks, each of 1 to 256 printable ASCII
// characters. What is none is told in words that are safe to print.
Result<ControlRequest> parse_request(std::string_view line);

}  // namespace holdfast::supervisor
