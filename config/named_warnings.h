// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/faults.h"

namespace holdfast {

// Collects warnings of several kinds, each of which has a name, as Faults collects faults.
class NamedWarnings {
 public:
  explicit NamedWarnings(std::string file) : file_(std::move(file)) {}

  template <typename Placed>  // as of Faults
  void add(const char* name, const Placed& place, std::string message) {
    by_name_.try_emplace(name, file_).first->second.add(place, std::move(message));
  }

  // Kind by kind, by name; each in the order of the file.
  std::vector<Diagnostic> take() {
    std::vector<Diagnostic> all;
    for (auto& [name, warnings] : by_name_) {
      for (Diagnostic& one : warnings.take()) {
        one.warning = name;
        all.push_back(std::move(one));
      }
    }
    return all;
  }

 private:
  std::string file_;
  std::map<std::string, Faults> by_name_;
};

}  // namespace holdfast
