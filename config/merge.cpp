// SPDX-License-Identifier: Apache-2.0
#include "config/merge.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

bool is_named(const YamlNode& entry) {
  const YamlNode* name = child_of(entry, "name");
  return name != nullptr && name->kind == Kind::kScalar;
}

bool all_named(const YamlNode& list) {
  return list.kind == Kind::kSequence &&
         std::all_of(list.children.begin(), list.children.end(), is_named);
}

class Merge {
 public:
  explicit Merge(std::vector<Replaced>* replaced) : replaced_(replaced) {}

  void lay(YamlNode& base, YamlNode over) {
    if (base.kind == Kind::kMap && over.kind == Kind::kMap) {
      lay_map(base, over);
    } else if (all_named(base) && all_named(over) && !over.children.empty()) {
      lay_list(base, over);
    } else {
      if (replaced_ != nullptr) replaced_->push_back({path_, std::move(base)});
      base = std::move(over);
    }
  }

 private:
  void lay_below(const std::string& step, YamlNode& base, YamlNode over) {
    path_.push_back(step);
    lay(base, std::move(over));
    path_.pop_back();
  }

  void lay_map(YamlNode& base, YamlNode& over) {
    if (base.children.empty()) {  // a whole section, which may be large
      base.children = std::move(over.children);
      return;
    }
    for (std::size_t i = 0; i + 1 < over.children.size(); i += 2) {
      if (YamlNode* found = child_of(base, over.children[i].text)) {
        lay_below(over.children[i].text, *found, std::move(over.children[i + 1]));
      } else {
        base.children.push_back(std::move(over.children[i]));
        base.children.push_back(std::move(over.children[i + 1]));
      }
    }
  }

  // Two of one name in one file stay two, for the reader to refuse.
  void lay_list(YamlNode& base, YamlNode& over) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < base.children.size(); ++i) {
      places.try_emplace(child_of(base.children[i], "name")->text, i);
    }
    for (YamlNode& entry : over.children) {
      const auto found = places.find(child_of(entry, "name")->text);
      if (found == places.end()) {
        base.children.push_back(std::move(entry));
      } else {
        lay_below("", base.children[found->second], std::move(entry));
      }
    }
  }

  std::vector<Replaced>* replaced_;
  std::vector<std::string> path_;
};

}  // namespace

const YamlNode* child_of(const YamlNode& map, std::string_view key) {
  if (map.kind != Kind::kMap) return nullptr;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    if (map.children[i].text == key) return &map.children[i + 1];
  }
  return nullptr;
}

YamlNode* child_of(YamlNode& map, std::string_view key) {
  return const_cast<YamlNode*>(child_of(std::as_const(map), key));  // NOLINT: of a map not const
}

YamlNode take_child(YamlNode& map, std::string_view key) {
  YamlNode* found = child_of(map, key);
  if (found == nullptr) return {};
  YamlNode taken = std::move(*found);
  map.children.erase(found - 1, found + 1);
  return taken;
}

void merge(YamlNode& base, YamlNode over, std::vector<Replaced>* replaced) {
  Merge(replaced).lay(base, std::move(over));
}

}  // namespace holdfast
