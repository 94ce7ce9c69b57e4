// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `file` of a check.
namespace holdfast {

const Shape& file_shape() {
  static const Shape shape{
      "file", "file", {{"path", form::text(kPathText), kRequired, "Of the file."}}, {}};
  return shape;
}

FileCheck read_file_check(const YamlNode& node, const Reading& into) {
  FileCheck file;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(into.faults, node, file_shape());
    map.text("path", file.path);
  } else if (const YamlText* text = read_text(into.faults, "file", node, "the path of a file")) {
    file.path = *text;
    if (!is_path(file.path)) expected(into.faults, "file", node, kPathText.what);
  }
  return file;
}

}  // namespace holdfast
