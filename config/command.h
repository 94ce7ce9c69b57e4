// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace holdfast {

inline constexpr const char* kScriptUser = "holdfast-script";

// A program of the operator's, run by the supervisor. No shell looks at it.
struct Command {
  std::vector<std::string> words;  // 1..64, at most 4 KiB; the first is an absolute path
  std::string user = kScriptUser;  // whose rights it has
  bool operator==(const Command&) const = default;
};

// Where one stands in the document, for those who look at its file.
struct PlacedCommand {
  int line = 1;
  int column = 1;
  Command command;
};

}  // namespace holdfast
