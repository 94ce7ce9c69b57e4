// SPDX-License-Identifier: Apache-2.0
#include "config/compose.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "config/merge.h"
#include "config/nearest.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/sealed.h"
#include "config/unused.h"
#include "config/variables.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

// Marks what stands in a file, and counts its values.
std::size_t stand_in(YamlNode& node, const std::string& file) {
  node.file = &file;
  std::size_t count = 1;
  for (YamlNode& child : node.children) count += stand_in(child, file);
  return count;
}

std::string folder_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(file.substr(0, slash + 1));
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string::npos;
}

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

// Lays the variables of a part over those that there are; whether it has any.
bool take_variables(YamlNode& part, Faults& faults, YamlNode& variables) {
  if (child_of(part, "variables") == nullptr) return false;
  YamlNode own = take_child(part, "variables");
  if (own.kind == Kind::kMap) {
    merge(variables, std::move(own));
  } else {
    expected(faults, "variables", own, "a map of names and values");
  }
  return true;
}

// ---- `include`

class Includer {
 public:
  Includer(std::string_view file, const Outside* outside, Faults& faults, Composition& into)
      : outside_(outside), faults_(faults), into_(into), open_{std::string(file)} {}

  // What the tree of the file on top of `open_` includes, with the tree itself upon it.
  void include(YamlNode& root) {
    if (child_of(root, "include") == nullptr) return;
    into_.composed = true;
    const YamlNode wanted = take_child(root, "include");
    YamlNode base;
    base.kind = Kind::kMap;
    base.line = root.line;
    base.column = root.column;
    base.file = root.file;
    if (wanted.kind == Kind::kSequence) {
      for (const YamlNode& pattern : wanted.children) include_all(pattern, base);
    } else {
      include_all(wanted, base);
    }
    merge(base, std::move(root), &into_.replaced);
    root = std::move(base);
  }

 private:
  void include_all(const YamlNode& pattern, YamlNode& base) {
    constexpr std::string_view kWhat = "the path of a file, or a pattern of them";
    const YamlText* text = read_text(faults_, "include", pattern, kWhat);
    if (text == nullptr) return;
    if (text->empty() || text->find('\0') != std::string::npos) {
      expected(faults_, "include", pattern, kWhat);
      return;
    }
    if (outside_ == nullptr) {
      faults_.add(pattern, "include: no file can be included here");
      return;
    }
    const std::string path = text->starts_with('/') ? *text : folder_of(open_.back()) + *text;
    if (!is_pattern(path)) {
      include_file(path, pattern, base);
      return;
    }
    const auto found = outside_->match(path);
    if (!found) {
      faults_.add(pattern, "include: " + found.error().message);
      return;
    }
    for (const std::string& file : *found) include_file(file, pattern, base);
  }

  void include_file(const std::string& file, const YamlNode& at, YamlNode& base) {
    if (file == open_.front() || into_.included.contains(file)) {
      faults_.add(at, "include: " + file + " is included already");
    } else if (open_.size() > kIncludeDepthMax) {
      faults_.add(at, "include: found files in files more than 8 deep");
    } else if (into_.included.size() >= kIncludesMax) {
      faults_.add(at, "include: found more than 1000 files");
    } else if (auto text = outside_->read(file); !text) {
      faults_.add(at, "include: " + text.error().message);
    } else if (bytes_ += text->size(); bytes_ > kDocumentSizeMax) {
      faults_.add(at, "include: the files are larger than 16 MiB together");
    } else {
      merge_file(file, std::move(*text), base);
    }
  }

  void merge_file(const std::string& file, std::string text, YamlNode& base) {
    const auto entry = into_.included.emplace(file, std::move(text)).first;
    Faults faults(file);
    std::optional<YamlNode> tree = parse_yaml(entry->second, faults);
    faults_.add(faults.take());
    if (!tree || tree->kind == Kind::kNull) return;  // faulty, or empty
    nodes_ += stand_in(*tree, entry->first);
    if (nodes_ > kYamlNodesMax) {
      faults_.add(*tree, "found more than 1000000 values in the included files");
      return;
    }
    if (tree->kind != Kind::kMap) {
      faults_.add(*tree, "found no map, expected a part of the configuration");
      return;
    }
    open_.push_back(file);
    include(*tree);
    open_.pop_back();
    merge(base, std::move(*tree), &into_.replaced);
  }

  const Outside* outside_;
  Faults& faults_;
  Composition& into_;
  std::vector<std::string> open_;  // files, each included by the one before
  std::size_t bytes_ = 0;
  std::size_t nodes_ = 0;
};

// ---- `nodes`

// The entries that are for this node, the general ones first: by pattern, by label, by name.
class Overlays {
 public:
  Overlays(std::string_view node, Faults& faults, Composition& into)
      : node_(node), faults_(faults), into_(into) {}

  void lay(YamlNode nodes, YamlNode& root, YamlNode& variables) {
    if (nodes.kind != Kind::kMap || nodes.children.size() / 2 > kOverlaysMax) {
      expected(faults_, "nodes", nodes, "a map of at most 4096 nodes, patterns and '@' labels");
      return;
    }
    for (std::size_t i = 0; i + 1 < nodes.children.size(); i += 2) {
      sort(nodes.children[i], nodes.children[i + 1]);
    }
    if (by_pattern_.empty() && by_name_.empty()) {
      std::vector<std::string_view> names(into_.nodes.begin(), into_.nodes.end());
      faults_.add(nodes, "nodes: none of them is for this node, " + quote(node_) +
                             did_you_mean(node_, names));
      return;
    }
    for (YamlNode* overlay : by_pattern_) take_labels(*overlay);
    for (YamlNode* overlay : by_name_) take_labels(*overlay);
    for (YamlNode* overlay : by_pattern_) apply(*overlay, root, variables);
    for (const auto& entry : by_label_) {
      const bool has = std::any_of(labels_.begin(), labels_.end(), [&](const std::string& own) {
        return matches(entry.first, own);
      });
      if (has) apply(*entry.second, root, variables);
    }
    for (YamlNode* overlay : by_name_) apply(*overlay, root, variables);
  }

 private:
  void sort(const YamlNode& key, YamlNode& overlay) {
    const bool label = key.text.starts_with('@');
    const bool pattern = is_pattern(key.text);
    if (!label && !pattern) into_.nodes.push_back(key.text);
    if (overlay.kind == Kind::kNull) overlay.kind = Kind::kMap;  // nothing of its own
    if (overlay.kind != Kind::kMap) {
      expected(faults_, key.text, overlay, "a map, as the configuration, with what is this node's");
      return;
    }
    for (const char* const name : {"version", "include", "nodes"}) {
      if (const YamlNode* found = child_of(overlay, name)) {
        faults_.add(*found, quote(name) + " is the same for all nodes, expected it at the top");
      }
    }
    if (label) {
      if (const YamlNode* found = child_of(overlay, "labels")) {
        faults_.add(*found, "labels: found in what a label chooses, expected it at a node");
      }
      by_label_.emplace_back(key.text.substr(1), &overlay);
    } else if (pattern) {
      if (matches(key.text, node_)) by_pattern_.push_back(&overlay);
    } else if (key.text == node_) {
      by_name_.push_back(&overlay);
    }
  }

  void take_labels(YamlNode& overlay) {
    if (child_of(overlay, "labels") == nullptr) return;
    const YamlNode labels = take_child(overlay, "labels");
    if (labels.kind != Kind::kSequence) {
      expected(faults_, "labels", labels, "a list of names");
      return;
    }
    for (const YamlNode& label : labels.children) {
      if (const auto* name = read_text(faults_, "labels", label, "a name")) labels_.insert(*name);
    }
  }

  void apply(YamlNode& overlay, YamlNode& root, YamlNode& variables) {
    take_variables(overlay, faults_, variables);
    merge(root, std::move(overlay), &into_.replaced);
  }

  std::string node_;
  Faults& faults_;
  Composition& into_;
  std::vector<YamlNode*> by_pattern_;
  std::vector<std::pair<std::string, YamlNode*>> by_label_;
  std::vector<YamlNode*> by_name_;
  std::set<std::string> labels_;
};

}  // namespace

void compose(YamlNode root, std::string_view file, std::string_view node, const Outside* outside,
             Faults& faults, Composition& into) {
  into.root = std::move(root);
  if (into.root.kind != Kind::kMap) return;
  Includer(file, outside, faults, into).include(into.root);

  into.unused = warnings_of_unused(into.root, into.replaced, std::string(file), matches);
  YamlNode variables;
  variables.kind = Kind::kMap;
  if (take_variables(into.root, faults, variables)) into.composed = true;
  if (child_of(into.root, "nodes") != nullptr) {
    into.composed = true;
    YamlNode nodes = take_child(into.root, "nodes");
    Overlays(node, faults, into).lay(std::move(nodes), into.root, variables);
  }
  Faults unresolved(file);
  Variables references(variables, node, outside, unresolved);
  references.substitute(into.root);
  into.resolved = unresolved.empty();
  faults.add(unresolved.take());
  into.composed = into.composed || references.used();
  // A reference that leads nowhere here may lead somewhere where the value stands.
  Faults open(file);
  Variables others(variables, node, outside, open);
  std::erase_if(into.replaced, [&](Replaced& one) {
    others.substitute(one.node);
    return !open.take().empty();
  });
}

}  // namespace holdfast
