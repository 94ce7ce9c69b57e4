// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "config/diagnostic.h"
#include "config/faults.h"
#include "config/merge.h"
#include "config/yaml_tree.h"

// One document for many nodes: what stands under `include`, `variables` and `nodes`, and references
// to variables. A layer between the text and the readers, which see the configuration of one node
// as a tree whose values remember where they stand.
namespace holdfast {

// What a document may ask of the world.
struct Outside {
  // The files that a pattern names, in the order of their names.
  std::function<Result<std::vector<std::string>>(const std::string& pattern)> match;
  std::function<Result<std::string>(const std::string& file)> read;
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

inline constexpr std::size_t kIncludesMax = 1000;   // files
inline constexpr std::size_t kIncludeDepthMax = 8;  // of files that include files
inline constexpr std::size_t kOverlaysMax = 4096;   // entries of `nodes`

struct Composition {
  YamlNode root;          // of this node; its files are keys of `included`
  bool resolved = true;   // each reference leads somewhere; else `root` has no sense
  bool composed = false;  // it is more than the document's own text
  std::map<std::string, std::string> included;  // path, text. Its nodes never move: they are named
  std::vector<Replaced> replaced;               // what no longer is in `root`, where it resolves
  std::vector<std::string> nodes;               // names under `nodes`, without patterns and labels
  std::vector<Diagnostic> unused;               // warnings: variables and labels
};

// `root`: the document's tree, of `file`. `outside` may be null: then a document that needs it is
// faulty. Merging, as of overlays and included files: maps key by key; lists whose entries all have
// a `name`, entry by entry; anything else is replaced.
void compose(YamlNode root, std::string_view file, std::string_view node, const Outside* outside,
             Faults& faults, Composition& into);

}  // namespace holdfast
