// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "config/yaml_tree.h"

namespace holdfast {

// The tree of a document in the plain YAML in which nearly all configurations are written: maps and
// lists by indentation, brackets that close on their line, single-line values without escapes,
// ASCII. Nothing: it has more than that, or a fault, and is for yaml-cpp to read, which makes the
// same tree of all that is taken here, with thirty times the instructions. Throws nothing.
std::optional<YamlNode> read_plain_yaml(std::string_view document);

}  // namespace holdfast
