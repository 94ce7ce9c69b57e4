// SPDX-License-Identifier: Apache-2.0
#include "config/unused.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

#include "config/named_warnings.h"
#include "config/nearest.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;
using Names = std::set<std::string, std::less<>>;

constexpr std::string_view kOpen = "${";

// As Variables reads them: "$${" is none.
void take_references(std::string_view text, Names& names) {
  std::size_t at = 0;
  while ((at = text.find(kOpen, at)) != std::string_view::npos) {
    const std::size_t begin = at + kOpen.size();
    const std::size_t close = text.find('}', begin);
    if (close == std::string_view::npos) return;
    const bool escaped = at > 0 && text[at - 1] == '$';
    if (!escaped) names.emplace(text.substr(begin, close - begin));
    at = escaped ? begin : close;
  }
}

void take_references(const YamlNode& node, Names& names) {
  take_references(node.text, names);
  for (const YamlNode& child : node.children) take_references(child, names);
}

class Unused {
 public:
  Unused(const YamlNode& root, const std::vector<Replaced>& replaced, const std::string& file,
         MatchesLabel matches)
      : root_(root), matches_(matches), warnings_(file) {
    take_references(root, used_);
    for (const Replaced& one : replaced) take_references(one.node, used_);
  }

  std::vector<Diagnostic> run() {
    variables(root_);
    if (const YamlNode* nodes = child_of(root_, "nodes"); nodes && nodes->kind == Kind::kMap) {
      for (std::size_t i = 0; i + 1 < nodes->children.size(); i += 2) {
        variables(nodes->children[i + 1]);
        take_labels(nodes->children[i + 1]);
      }
      for (std::size_t i = 0; i + 1 < nodes->children.size(); i += 2) label(nodes->children[i]);
    }
    return warnings_.take();
  }

 private:
  void variables(const YamlNode& part) {
    const YamlNode* const map = child_of(part, "variables");
    if (map == nullptr || map->kind != Kind::kMap) return;
    for (std::size_t i = 0; i + 1 < map->children.size(); i += 2) {
      const YamlNode& name = map->children[i];
      if (name.file != nullptr || used_.contains(name.text) || !told_.insert(name.text).second) {
        continue;
      }
      warnings_.add("variable-unused", name, "nothing refers to the variable " + quote(name.text));
    }
  }

  void take_labels(const YamlNode& overlay) {
    const YamlNode* const list = child_of(overlay, "labels");
    if (list == nullptr) return;
    for (const YamlNode& one : list->children) labels_.insert(one.text);
  }

  void label(const YamlNode& key) {
    if (key.file != nullptr || !key.text.starts_with('@')) return;
    const std::string wanted(key.text.substr(1));
    const bool had = std::any_of(labels_.begin(), labels_.end(),
                                 [&](const std::string& one) { return matches_(wanted, one); });
    if (had) return;
    warnings_.add("label-unused", key,
                  "nodes: no node has the label " + quote(wanted) +
                      did_you_mean(wanted, {labels_.begin(), labels_.end()}));
  }

  const YamlNode& root_;
  MatchesLabel matches_;
  NamedWarnings warnings_;
  Names used_;    // variables
  Names told_;    // of these
  Names labels_;  // of all nodes
};

}  // namespace

std::vector<Diagnostic> warnings_of_unused(const YamlNode& root,
                                           const std::vector<Replaced>& replaced,
                                           const std::string& file, MatchesLabel matches) {
  // Most documents have neither, and need not be looked through for references.
  if (child_of(root, "variables") == nullptr && child_of(root, "nodes") == nullptr) return {};
  return Unused(root, replaced, file, matches).run();
}

}  // namespace holdfast
