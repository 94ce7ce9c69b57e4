// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <map>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include "config/scalars.h"
#include "config/text_check.h"
#include "config/tight_colon.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

struct Extent {
  std::size_t nodes = 1;
  std::size_t depth = 1;
};

Extent extent_of(const YamlNode& node) {
  Extent extent;
  for (const YamlNode& child : node.children) {
    const Extent inner = extent_of(child);
    extent.nodes += inner.nodes;
    extent.depth = std::max(extent.depth, inner.depth + 1);
  }
  return extent;
}

YamlNode placed(const YAML::Mark& mark) {
  YamlNode node;
  node.line = std::max(mark.line, 0) + 1;
  node.column = std::max(mark.column, 0) + 1;
  return node;
}

std::size_t line_start(std::string_view text, std::size_t at) {
  const std::size_t line_end = text.substr(0, at).rfind('\n');
  return line_end == std::string_view::npos ? 0 : line_end + 1;
}

struct EmptyEntry {
  int lines;   // above the text's end
  int column;  // of its dash
};

// Does the text end in a line of a lone dash, an entry of a list that was left empty?
std::optional<EmptyEntry> empty_entry(std::string_view text) {
  const std::size_t dash = text.find_last_not_of(" \t\r\n");
  if (dash == std::string_view::npos || text[dash] != '-') return {};
  const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(dash), text.end(), '\n');
  const std::size_t start = line_start(text, dash);
  if (lines == 0 || text.find_first_not_of(' ', start) != dash) return {};
  return EmptyEntry{static_cast<int>(lines), static_cast<int>(dash - start) + 1};
}

// A text as a stream, without a copy: it may be of many megabytes.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // NOLINT: nobody writes to it
    setg(begin, begin, begin + text.size());
  }
};

// Builds the tree from yaml-cpp's events. Its Node interface would lose duplicate keys, quotes and
// places. A fatal fault cannot stop the parser without an exception: later events are ignored.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view document, Faults& faults) : document_(document), faults_(faults) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      fatal(mark, "found more after the end of the document, expected one document in a file");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(Kind::kSequence, mark, tag), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(Kind::kMap, mark, tag), anchor);
  }
  void OnMapEnd() override { close(); }

  void syntax_error(const YAML::Exception& exception);
  bool stopped() const { return stopped_; }
  YamlNode take_root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;  // its children are `values_` from `first` on
    YAML::anchor_t anchor;
    std::size_t first;
  };

  std::size_t offset(const YAML::Mark& mark) const;
  YamlNode make(Kind kind, const YAML::Mark& mark, const std::string& tag);
  void open(YamlNode node, YAML::anchor_t anchor);
  void close();
  void add(YamlNode node, YAML::anchor_t anchor);
  bool within_budget(const YamlNode& node, Extent extent);
  void keep_unique_keys(YamlNode& map);
  void take_merged(const YamlNode& value, YamlNode& map);
  void part_from_value(YamlNode& key, YamlNode& value);
  void check_quotes(const YamlNode& node, const YAML::Mark& mark);
  void fatal(const YamlNode& at, std::string message);
  void fatal(const YAML::Mark& mark, std::string message) {
    fatal(placed(mark), std::move(message));
  }

  std::string_view document_;
  Faults& faults_;
  int documents_ = 0;
  bool stopped_ = false;
  std::size_t nodes_ = 0;
  YamlNode root_;
  std::vector<Open> open_;
  std::vector<YamlNode> values_;  // of all that is open: each gets memory once, when it is complete
  std::map<YAML::anchor_t, YamlNode> anchors_;
};

void TreeBuilder::fatal(const YamlNode& at, std::string message) {
  if (!stopped_) faults_.add(at, std::move(message));
  stopped_ = true;
}

std::size_t TreeBuilder::offset(const YAML::Mark& mark) const {
  return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), document_.size());
}

YamlNode TreeBuilder::make(Kind kind, const YAML::Mark& mark, const std::string& tag) {
  YamlNode node = placed(mark);
  node.kind = kind;
  // yaml-cpp's own tags: "?" for a plain value, "!" for a quoted one, which may also stand there.
  const bool bang = document_.substr(offset(mark), 1) == "!";
  if (!stopped_ && (bang || (!tag.empty() && tag != "?" && tag != "!"))) {
    faults_.add(node, "found a tag (a word that begins with '!'), which has no meaning here");
  }
  return node;
}

// The mark of a value that is not there is that of whatever comes next.
void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (stopped_) return;
  YamlNode node = placed(mark);
  if (!open_.empty() && open_.back().node.kind == Kind::kMap) {
    const bool is_value = (values_.size() - open_.back().first) % 2 == 1;
    if (is_value) {
      node.line = values_.back().line;
      node.column = values_.back().column;
    }
  } else if (const auto dash = empty_entry(document_.substr(0, offset(mark)))) {
    node.line -= dash->lines;
    node.column = dash->column;
  }
  add(std::move(node), anchor);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  if (stopped_) return;
  YamlNode node = make(Kind::kScalar, mark, tag);
  node.text = value;
  node.quoted = tag == "!";
  if (node.quoted) check_quotes(node, mark);
  if (!stopped_) add(std::move(node), anchor);
}

// yaml-cpp takes the end of the file for the closing quote, so that half a file would load; and
// a quote that was forgotten swallows what follows up to the next one.
void TreeBuilder::check_quotes(const YamlNode& node, const YAML::Mark& mark) {
  std::size_t at = offset(mark);
  if (at < document_.size() && document_[at] == '&') {  // an anchor stands before the quote
    at = document_.find_first_of(" \t\r\n", at);
    at = document_.find_first_not_of(" \t\r\n", at);
  }
  if (at >= document_.size() || (document_[at] != '"' && document_[at] != '\'')) return;
  const char quote_character = document_[at];
  for (++at; at < document_.size() && document_[at] != '\n'; ++at) {
    const char c = document_[at];
    if (c == '\\' && quote_character == '"') {
      ++at;
    } else if (c == quote_character) {
      // Two single quotes are one that is meant.
      if (c == '"' || document_.substr(at + 1, 1) != "'") return;
      ++at;
    }
  }
  fatal(node, std::string("found no closing ") + quote_character + " on the line, expected one");
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (stopped_) return;
  const auto anchored = anchors_.find(anchor);
  if (anchored == anchors_.end()) {
    fatal(mark, "found an alias inside the value that it stands for");
    return;
  }
  const YamlNode here = placed(mark);
  if (!within_budget(here, extent_of(anchored->second))) return;
  YamlNode node = anchored->second;
  node.line = here.line;
  node.column = here.column;
  add(std::move(node), 0);
}

bool TreeBuilder::within_budget(const YamlNode& node, Extent extent) {
  nodes_ += extent.nodes;
  if (open_.size() + extent.depth > kYamlDepthMax) {
    fatal(node, "found values nested more than " + std::to_string(kYamlDepthMax) + " deep");
  } else if (nodes_ > kYamlNodesMax) {
    fatal(node, "found more than " + std::to_string(kYamlNodesMax) + " values in the document");
  }
  return !stopped_;
}

void TreeBuilder::open(YamlNode node, YAML::anchor_t anchor) {
  if (stopped_ || !within_budget(node, {})) return;
  open_.push_back({std::move(node), anchor, values_.size()});
}

void TreeBuilder::close() {
  if (stopped_) return;
  Open closed = std::move(open_.back());
  open_.pop_back();
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(closed.first);
  closed.node.children.assign(std::make_move_iterator(first),
                              std::make_move_iterator(values_.end()));
  values_.erase(first, values_.end());
  if (closed.node.kind == Kind::kMap) keep_unique_keys(closed.node);
  add(std::move(closed.node), closed.anchor);
}

// A value is complete: it joins the map or list around it.
void TreeBuilder::add(YamlNode node, YAML::anchor_t anchor) {
  const bool leaf = node.kind == Kind::kNull || node.kind == Kind::kScalar;
  if (leaf && !within_budget(node, {})) return;
  if (anchor != 0) {
    if (!within_budget(node, extent_of(node))) return;
    anchors_[anchor] = node;
  }
  if (open_.empty()) {
    root_ = std::move(node);
  } else {
    values_.push_back(std::move(node));
  }
}

// "{name:web}" is a key without a value; what is meant is read on.
void TreeBuilder::part_from_value(YamlNode& key, YamlNode& value) {
  if (key.quoted || value.kind != Kind::kNull) return;
  const auto colon = tight_colon(key.text);
  if (!colon) return;
  value.kind = Kind::kScalar;
  value.text = key.text.substr(*colon + 1);
  key.text.resize(*colon);
  faults_.add(key, needs_blank(key.text));
}

// So that the one fault of a merge key brings no others, of keys that would be there.
void TreeBuilder::take_merged(const YamlNode& value, YamlNode& map) {
  if (value.kind == Kind::kSequence) {
    for (const YamlNode& one : value.children) take_merged(one, map);
  }
  if (value.kind != Kind::kMap) return;
  for (std::size_t i = 0; i + 1 < value.children.size(); i += 2) {
    const std::string& key = value.children[i].text;
    bool there = false;
    for (std::size_t k = 0; k < map.children.size(); k += 2) {
      there = there || map.children[k].text == key;
    }
    if (there) continue;
    map.children.push_back(value.children[i]);
    map.children.push_back(value.children[i + 1]);
  }
}

void TreeBuilder::keep_unique_keys(YamlNode& map) {
  std::unordered_map<std::string_view, const YamlNode*> seen;
  std::vector<bool> keep(map.children.size() / 2);
  std::vector<std::size_t> merged;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    part_from_value(map.children[2 * i], map.children[2 * i + 1]);
    const YamlNode& key = map.children[2 * i];
    if (key.kind != Kind::kScalar) {
      faults_.add(key, "found no name, expected the name of a key");
    } else if (key.text == "<<" && !key.quoted) {
      faults_.add(key, "merge keys ('<<') are not supported: write the keys out");
      merged.push_back(2 * i + 1);
    } else if (const auto [first, fresh] = seen.try_emplace(key.text, &key); !fresh) {
      faults_.add(key, "duplicate key " + quote(key.text) + ", first given at " +
                           place_text(*first->second));
    } else {
      keep[i] = true;
    }
  }
  if (std::find(keep.begin(), keep.end(), false) == keep.end()) return;
  YamlNode kept;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    kept.children.push_back(std::move(map.children[2 * i]));
    kept.children.push_back(std::move(map.children[2 * i + 1]));
  }
  for (const std::size_t at : merged) take_merged(map.children[at], kept);
  map.children = std::move(kept.children);
}

// yaml-cpp names what it missed; the person wants to know where that began.
void TreeBuilder::syntax_error(const YAML::Exception& exception) {
  YamlNode at = placed(exception.mark);
  // Whatever a tab in the indentation made yaml-cpp say, the tab is the reason.
  const std::size_t start = line_start(document_, offset(exception.mark));
  const std::size_t tab = document_.find_first_not_of(' ', start);
  if (tab != std::string_view::npos && document_[tab] == '\t') {
    at.column = static_cast<int>(tab - start) + 1;
    fatal(at, "not valid YAML: found a tab, expected indentation by spaces");
    return;
  }
  if (const auto key = tight_key_before(document_, start)) {
    at.line -= key->lines;
    at.column = key->column;
    fatal(at, "not valid YAML: " + needs_blank(key->key));
    return;
  }
  std::string message = exception.msg;
  if (message.starts_with("end of ") && !open_.empty()) {
    const YamlNode& inside = open_.back().node;
    message = std::string("found what does not belong to the ") +
              (inside.kind == Kind::kMap ? "map" : "list") + " that begins at " +
              place_text(inside) + ": a wrong indentation, or a missing bracket, comma or quote";
  } else if (message == YAML::ErrorMsg::MAP_VALUE) {
    message = "found a ':' where no key ends: a wrong indentation, or a value that needs quotes";
  } else if (message == YAML::ErrorMsg::UNKNOWN_ANCHOR) {
    message = "found an alias to an anchor that is not defined before it";
  } else if (message == YAML::ErrorMsg::UNKNOWN_TOKEN) {
    message = "found a character that cannot begin a value: put the value in quotes";
  }
  fatal(at, "not valid YAML: " + message);
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view document, Faults& faults) {
  if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
  if (!check_text(document, faults)) return {};

  // Without the last line's end, yaml-cpp would see an open quote, and name the wrong place.
  std::string ended;
  if (!document.ends_with('\n')) document = ended.append(document).append("\n");
  TextBuffer buffer(document);
  std::istream stream(&buffer);
  TreeBuilder builder(document, faults);
  try {
    YAML::Parser parser(stream);
    // Not in a loop: on a stray ',' yaml-cpp yields empty documents for ever.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& exception) {
    builder.syntax_error(exception);
  }
  if (builder.stopped()) return {};
  return builder.take_root();
}

}  // namespace holdfast
