// SPDX-License-Identifier: Apache-2.0
#include "config/pattern_faults.h"

#include "common/pattern.h"
#include "config/faults.h"

namespace holdfast {

std::vector<Diagnostic> pattern_faults(const std::vector<InFile<PlacedPattern>>& patterns,
                                       std::string_view file) {
  Faults faults(file);
  for (const InFile<PlacedPattern>& placed : patterns) {
    if (const auto fault = pattern_fault(placed.pattern)) faults.add(placed, *fault);
  }
  return faults.take();
}

}  // namespace holdfast
