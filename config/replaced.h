// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/merge.h"
#include "config/shape.h"

namespace holdfast {

// What other values have replaced on this node, and so no reader sees: judged by the table alone,
// as nodes that do not replace it read it. A key that is missing may come from an overlay, and what
// a value has to do with another is open, so neither is looked at. Warnings named `replaced-value`,
// in the order of the file; `file` is what the document is called, and `shape` its table.
std::vector<Diagnostic> faults_of_replaced(const std::vector<Replaced>& all,
                                           const Shape& (*shape)(), const std::string& file);

}  // namespace holdfast
