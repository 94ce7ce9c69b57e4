// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace holdfast {

// A fault in a configuration file. Lines and columns count from 1, columns in bytes.
struct Diagnostic {
  std::string file;
  int line = 1;
  int column = 1;
  std::string message;    // what was found, what was expected, the nearest valid name for a typo
  std::string warning{};  // its name, such as check-unused; empty: it is a fault
  bool operator==(const Diagnostic&) const = default;
  std::string to_string() const;  // FILE:LINE:COLUMN: message, or ... warning: message [name]
};

// What is placed in a document, perhaps in a file that it includes.
template <typename Placed>
struct InFile : Placed {
  std::string file{};  // empty: the document itself
};

}  // namespace holdfast
