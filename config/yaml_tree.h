// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "config/faults.h"
#include "config/yaml_node.h"

namespace holdfast {

// Reads a document strictly: one document, unique keys, no tags, no merge keys, quotes closed on
// their line, bounded. Anchors and aliases are expanded. Nothing if it has no sense to go on;
// a tree beside faults is what is left of the document without the faulty parts.
std::optional<YamlNode> parse_yaml(std::string_view document, Faults& faults);

}  // namespace holdfast
