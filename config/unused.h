// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/merge.h"
#include "config/yaml_tree.h"

namespace holdfast {

using MatchesLabel = bool (*)(const std::string& pattern, const std::string& label);

// Warnings of variables that nothing refers to, on no node, and of labels under `nodes` that no
// node has. `root` is the whole document, `replaced` what included files had and it replaces. Only
// of what stands in the document itself: files may be shared with others, which use more of them.
std::vector<Diagnostic> warnings_of_unused(const YamlNode& root,
                                           const std::vector<Replaced>& replaced,
                                           const std::string& file, MatchesLabel matches);

}  // namespace holdfast
