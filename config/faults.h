// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

// Collects what is wrong with one document. Bounded: a file that is no configuration at all must
// not cost more than a large one.
class Faults {
 public:
  static constexpr std::size_t kMax = 1000;

  explicit Faults(std::string_view file) : file_(file) {}

  void add(int line, int column, std::string message);
  template <typename Placed>
  void add(const Placed& place, std::string message) {
    add(place.line, place.column, std::move(message));
  }

  bool empty() const { return faults_.empty(); }
  bool full() const { return faults_.size() >= kMax; }

  // In the order of the file, each once: what stands under an anchor may be read more than once.
  std::vector<Diagnostic> take();

 private:
  std::string file_;
  std::vector<Diagnostic> faults_;
};

}  // namespace holdfast
