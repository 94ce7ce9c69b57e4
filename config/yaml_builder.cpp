// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_builder.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "config/scalars.h"
#include "config/tight_colon.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

bool is_merge(const YamlNode& key) {
  return key.text == "<<" && !key.quoted;
}

// Most maps have a few keys: to compare each with each costs less than to hash them.
bool has_equal_keys(const YamlNodes& children) {
  constexpr std::size_t kFew = 16;  // keys and values
  if (children.size() <= kFew) {
    for (std::size_t i = 2; i < children.size(); i += 2) {
      for (std::size_t k = 0; k < i; k += 2) {
        if (children[i].text == children[k].text) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(children.size() / 2);
  for (std::size_t i = 0; i < children.size(); i += 2) keys.emplace_back(children[i].text);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

void YamlBuilder::fatal(YamlPlace at, std::string message) {
  if (!stopped_) faults_.add(at.line, at.column, std::move(message));
  stopped_ = true;
}

YamlBuilder::Extent YamlBuilder::extent_of(const YamlNode& node) {
  Extent extent{1, 1};
  for (const YamlNode& child : node.children) {
    const Extent inner = extent_of(child);
    extent.nodes += inner.nodes;
    extent.depth = std::max(extent.depth, inner.depth + 1);
  }
  return extent;
}

bool YamlBuilder::within_budget(YamlPlace at, Extent extent) {
  nodes_ += extent.nodes;
  if (open_.size() + extent.depth > kYamlDepthMax) {
    fatal(at, "found values nested more than " + std::to_string(kYamlDepthMax) + " deep");
  } else if (nodes_ > kYamlNodesMax) {
    fatal(at, "found more than " + std::to_string(kYamlNodesMax) + " values in the document");
  }
  return !stopped_;
}

// A new value in what is open; null, if there are too many.
YamlNode* YamlBuilder::fresh(Kind kind, YamlPlace at, Extent extent) {
  if (!within_budget(at, extent)) return nullptr;
  YamlNode& node = values_.emplace_back();
  node.kind = kind;
  node.line = at.line;
  node.column = at.column;
  return &node;
}

YamlBuilder::Anchor YamlBuilder::defined(std::string_view anchor) {
  if (anchor.empty()) return {};
  anchored_.emplace_back();
  anchors_.insert_or_assign(std::string(anchor), anchored_.size() - 1);
  return anchored_.size() - 1;
}

// The latest value is.
void YamlBuilder::completed(Anchor anchor) {
  if (!anchor) return;
  const YamlNode& node = values_.back();
  if (within_budget({node.line, node.column}, extent_of(node))) anchored_[*anchor] = node;
}

const YamlNode* YamlBuilder::key() const {
  const bool value = !open_.empty() && values_[open_.back().at].kind == Kind::kMap &&
                     (values_.size() - open_.back().at) % 2 == 0;
  return value ? &values_.back() : nullptr;
}

void YamlBuilder::add_null(YamlPlace at, std::string_view anchor) {
  const Anchor defines = defined(anchor);
  if (fresh(Kind::kNull, at) != nullptr) completed(defines);
}

void YamlBuilder::add_scalar(YamlPlace at, std::string_view text, bool quoted,
                             std::string_view anchor) {
  const Anchor defines = defined(anchor);
  YamlNode* const node = fresh(Kind::kScalar, at);
  if (node == nullptr) return;
  node->text = text;
  node->quoted = quoted;
  completed(defines);
}

void YamlBuilder::add_alias(YamlPlace at, std::string_view anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    fatal(at, "not valid YAML: found an alias to an anchor that is not defined before it");
  } else if (const auto& anchored = anchored_[found->second]; !anchored) {
    fatal(at, "found an alias inside the value that it stands for");
  } else if (YamlNode* const node = fresh(Kind::kNull, at, extent_of(*anchored))) {
    *node = *anchored;
    node->line = at.line;
    node->column = at.column;
  }
}

void YamlBuilder::open(Kind kind, YamlPlace at, std::string_view anchor) {
  const Anchor defines = defined(anchor);
  if (fresh(kind, at) != nullptr) open_.push_back({values_.size() - 1, defines});
}

void YamlBuilder::close() {
  const Open closed = open_.back();
  open_.pop_back();
  YamlNode& node = values_[closed.at];
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(closed.at) + 1;
  node.children.take({first, values_.end()});
  values_.erase(first, values_.end());
  if (node.kind == Kind::kMap) keep_unique_keys(node);
  completed(closed.anchor);
}

// "{name:web}" is a key without a value; what is meant is read on.
void YamlBuilder::part_from_value(YamlNode& key, YamlNode& value) {
  if (key.quoted || value.kind != Kind::kNull) return;
  const auto colon = tight_colon(key.text);
  if (!colon) return;
  value.kind = Kind::kScalar;
  value.text = key.text.substr(*colon + 1);
  key.text = key.text.substr(0, *colon);
  faults_.add(key, needs_blank(key.text));
}

// So that the one fault of a merge key brings no others, of keys that would be there.
void YamlBuilder::take_merged(const YamlNode& value, YamlNode& map) {
  if (value.kind == Kind::kSequence) {
    for (const YamlNode& one : value.children) take_merged(one, map);
  }
  if (value.kind != Kind::kMap) return;
  for (std::size_t i = 0; i + 1 < value.children.size(); i += 2) {
    const YamlText& key = value.children[i].text;
    bool there = false;
    for (std::size_t k = 0; k < map.children.size(); k += 2) {
      there = there || map.children[k].text == key;
    }
    if (there) continue;
    map.children.push_back(value.children[i]);
    map.children.push_back(value.children[i + 1]);
  }
}

void YamlBuilder::keep_unique_keys(YamlNode& map) {
  bool names = true;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    part_from_value(map.children[i], map.children[i + 1]);
    names = names && map.children[i].kind == Kind::kScalar && !is_merge(map.children[i]);
  }
  if (names && !has_equal_keys(map.children)) return;

  std::unordered_map<std::string_view, const YamlNode*> seen;
  std::vector<std::size_t> keep;
  std::vector<std::size_t> merged;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const YamlNode& key = map.children[i];
    if (key.kind != Kind::kScalar) {
      faults_.add(key, "found no name, expected the name of a key");
    } else if (is_merge(key)) {
      faults_.add(key, "merge keys ('<<') are not supported: write the keys out");
      merged.push_back(i + 1);
    } else if (const auto [first, fresh] = seen.try_emplace(key.text, &key); !fresh) {
      faults_.add(key, "duplicate key " + quote(key.text) + ", first given at " +
                           place_text(*first->second));
    } else {
      keep.push_back(i);
    }
  }
  YamlNode kept;
  for (const std::size_t at : keep) {
    kept.children.push_back(std::move(map.children[at]));
    kept.children.push_back(std::move(map.children[at + 1]));
  }
  for (const std::size_t at : merged) take_merged(map.children[at], kept);
  map.children = std::move(kept.children);
}

}  // namespace holdfast
