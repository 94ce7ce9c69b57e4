// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"

namespace holdfast {

// The value of a key; null, if it is no map, or has none of that name.
YamlNode* child_of(YamlNode& map, std::string_view key);
const YamlNode* child_of(const YamlNode& map, std::string_view key);

// Takes a key and its value out of a map; a null node if it has none.
YamlNode take_child(YamlNode& map, std::string_view key);

// Lays `over` upon `base`: maps key by key; lists whose entries are all maps with a `name`, entry
// by entry, new ones at the end; of anything else, `over` replaces what was there.
// `replaced`: takes what was there, with where it stood; null: that is nobody's business.
struct Replaced {
  std::vector<std::string> path;  // keys from the top; empty: an entry of a list
  YamlNode node;
};
void merge(YamlNode& base, YamlNode over, std::vector<Replaced>* replaced = nullptr);

}  // namespace holdfast
