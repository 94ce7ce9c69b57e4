// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"

// `file` of a check.
namespace holdfast {

FileCheck read_file_check(const YamlNode& node, const Reading& into) {
  FileCheck file;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(into.faults, node, "file", {"path"});
    map.require({"path"});
    map.text("path", kPathWhat, is_path, file.path);
  } else if (const std::string* text = read_text(into.faults, "file", node, "the path of a file")) {
    file.path = *text;
    if (!is_path(file.path)) expected(into.faults, "file", node, kPathWhat);
  }
  return file;
}

}  // namespace holdfast
