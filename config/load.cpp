// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <optional>
#include <utility>

#include "config/compose.h"
#include "config/faults.h"
#include "config/load_tree.h"
#include "config/render.h"
#include "config/replaced.h"
#include "config/sealed.h"
#include "config/shapes.h"
#include "config/yaml_tree.h"

namespace holdfast {

Loaded load_config(std::string_view document, std::string_view file, std::string_view node,
                   const Outside* outside) {
  Loaded loaded;
  loaded.config.node = node;
  Faults faults(file);
  if (document.size() > kDocumentSizeMax) {
    faults.add(1, 1, "found a document of more than 16 MiB, expected a configuration");
  } else if (std::optional<YamlNode> tree = parse_yaml(document, faults)) {
    Composition composition;
    compose(std::move(*tree), file, node, outside, faults, composition);
    if (composition.resolved) read_tree(composition.root, std::string(file), faults, loaded);
    if (faults.empty() && !composition.replaced.empty()) {
      for (Diagnostic& one :
           faults_of_replaced(composition.replaced, document_shape, std::string(file))) {
        loaded.warnings.push_back(std::move(one));
      }
    }
    if (faults.empty()) {
      for (Diagnostic& one : composition.unused) loaded.warnings.push_back(std::move(one));
    }
    if (composition.composed) loaded.effective = render_yaml(composition.root);
    if (faults.empty()) loaded.tree = std::move(composition.root);
    loaded.included = std::move(composition.included);
    loaded.nodes = std::move(composition.nodes);
  }
  loaded.diagnostics = faults.take();
  return loaded;
}

}  // namespace holdfast
