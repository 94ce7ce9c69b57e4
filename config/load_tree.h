// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/faults.h"
#include "config/load.h"
#include "config/yaml_node.h"

namespace holdfast {

// The configuration that the tree of a document says, and what is wrong with it. `file` is its name
// in warnings.
void read_tree(const YamlNode& root, const std::string& file, Faults& faults, Loaded& loaded);

}  // namespace holdfast
