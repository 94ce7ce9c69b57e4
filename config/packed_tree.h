// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"
#include "config/yaml_node.h"

// The tree of a document as bytes, for workers: they need no YAML, and nothing that reads it.
namespace holdfast {

// All but YamlNode::file: who refuses a document has read it as text.
std::string packed(const YamlNode& tree);

// Of any bytes: an error if they are no tree, or one that parse_yaml() would not have made.
Result<YamlNode> unpacked(std::string_view bytes);

}  // namespace holdfast
