// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_node.h"

namespace holdfast {

std::string place_text(const YamlNode& node) {
  std::string text =
      "line " + std::to_string(node.line) + ", column " + std::to_string(node.column);
  if (node.file != nullptr) text += " of " + *node.file;
  return text;
}

}  // namespace holdfast
