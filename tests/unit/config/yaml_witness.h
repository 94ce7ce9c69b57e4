// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "config/yaml_node.h"

namespace holdfast {

// The tree of a document as yaml-cpp sees it, a parser that shares nothing with the one that
// Holdfast reads by; nothing, if it refuses the document or finds more than one. Of faults that are
// not of YAML itself, such as duplicate keys, it knows nothing.
std::optional<YamlNode> witness_tree(std::string_view document);

}  // namespace holdfast
