// SPDX-License-Identifier: Apache-2.0
#include "config/pattern_faults.h"

#include "common/pattern.h"
#include "config/faults.h"

namespace holdfast {

void add_pattern_faults(Loaded& loaded, std::string_view file) {
  Faults faults(file);
  faults.add(loaded.diagnostics);
  if (faults.full()) return;  // so many that the last says so
  for (const InFile<PlacedPattern>& placed : loaded.patterns) {
    if (const auto fault = pattern_fault(placed.pattern)) faults.add(placed, *fault);
  }
  loaded.diagnostics = faults.take();
}

}  // namespace holdfast
