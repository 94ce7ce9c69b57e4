// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/yaml_tree.h"

namespace holdfast {

// The tree as a document that is read as the same tree, places apart. Without references: what
// looks like one is written so that it stays what it is.
std::string render_yaml(const YamlNode& root);

}  // namespace holdfast
