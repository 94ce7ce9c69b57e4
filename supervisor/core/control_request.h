// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "common/core/result.h"

namespace holdfast::supervisor {

// ---- What root may ask of a running supervisor.

struct AskStatus {  // "status": the document of docs/status.md
  bool operator==(const AskStatus&) const = default;
};

struct ListChecks {  // "checks": what is known of each of them
  bool operator==(const ListChecks&) const = default;
};
struct RunOneCheck {  // "checks run NAME": one attempt now that counts as nothing
  std::string check;
  bool operator==(const RunOneCheck&) const = default;
};

using ControlRequest = std::variant<AskStatus, ListChecks, RunOneCheck>;

// Of a request, in bytes, without the end of its line.
inline constexpr std::size_t kRequestMax = 4096;

// A request is one line of words parted by single blanks, each of 1 to 256 printable ASCII
// characters. What is none is told in words that are safe to print.
Result<ControlRequest> parse_request(std::string_view line);

}  // namespace holdfast::supervisor
