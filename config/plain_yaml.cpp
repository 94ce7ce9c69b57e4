// SPDX-License-Identifier: Apache-2.0
#include "config/plain_yaml.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_set>

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kKeySizeMax = 128;  // yaml-cpp takes none of more than 1024
constexpr std::size_t kFewKeys = 16;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

// Its words for nothing, which are no texts.
bool is_null(std::string_view text) {
  return text == "null" || text == "Null" || text == "NULL";
}

bool has_unique_keys(const YamlNode& map) {
  const auto& all = map.children;
  if (all.size() <= 2 * kFewKeys) {
    for (std::size_t i = 0; i < all.size(); i += 2) {
      for (std::size_t k = 0; k < i; k += 2) {
        if (all[i].text == all[k].text) return false;
      }
    }
    return true;
  }
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    if (!seen.insert(all[i].text).second) return false;
  }
  return true;
}

// Each function that reads something begins where that stands and ends behind it; false: this is
// not plain, or not YAML, and nothing that was read counts. `depth`: of values around it.
class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : text_(text) {}

  bool document(YamlNode& root) { return next_line() && column_ == 0 && map(0, 0, root) && ended_; }

 private:
  bool next_line();
  bool end_of_line();
  bool map(std::size_t indent, std::size_t depth, YamlNode& node);
  bool list(std::size_t indent, std::size_t depth, YamlNode& node);
  bool below(std::size_t indent, std::size_t depth, YamlNode& node);
  bool value(bool in_brackets, std::size_t depth, YamlNode& node);
  bool key(std::size_t depth, YamlNode& node);
  bool plain_text(bool in_brackets, std::string_view& text);
  bool quoted_text(std::string_view& text);
  bool map_in_braces(std::size_t depth, YamlNode& node);
  bool list_in_brackets(std::size_t depth, YamlNode& node);

  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\n'; }
  char here() const { return at(at_); }
  bool is_dash() const { return here() == '-' && (at(at_ + 1) == ' ' || at(at_ + 1) == '\n'); }
  bool is_key() const { return key_end() != 0; }
  std::size_t key_end() const;
  void skip_blanks() {
    while (here() == ' ') ++at_;
  }
  bool place(Kind kind, std::size_t depth, YamlNode& node);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;   // of the line
  std::size_t next_ = 0;    // the line after it
  std::size_t column_ = 0;  // of its first word
  int line_ = 0;
  bool ended_ = false;
  std::size_t nodes_ = 0;
};

// The first word of the next line that has one; false: there is none.
bool PlainReader::next_line() {
  while (next_ < text_.size()) {
    start_ = at_ = next_;
    const std::size_t end = text_.find('\n', start_);
    next_ = end == std::string_view::npos ? text_.size() : end + 1;
    ++line_;
    skip_blanks();
    column_ = at_ - start_;
    if (here() != '\n' && here() != '#') return true;
  }
  ended_ = true;
  return false;
}

// Nothing follows but a comment. Then the next line, if there is one.
bool PlainReader::end_of_line() {
  const std::size_t before = at_;
  skip_blanks();
  if (here() != '\n' && (here() != '#' || at_ == before)) return false;
  next_line();
  return true;
}

bool PlainReader::place(Kind kind, std::size_t depth, YamlNode& node) {
  node.kind = kind;
  node.line = line_;
  node.column = static_cast<int>(at_ - start_) + 1;
  return depth < kYamlDepthMax && ++nodes_ <= kYamlNodesMax;
}

// Of a key that stands here, else 0.
std::size_t PlainReader::key_end() const {
  std::size_t end = at_;
  if (!is_alphanumeric(here()) && here() != '_') return 0;
  while (is_alphanumeric(at(end)) || is_one_of(at(end), "_-./")) ++end;
  const bool ends = at(end) == ':' && (at(end + 1) == ' ' || at(end + 1) == '\n');
  return ends && end - at_ <= kKeySizeMax ? end : 0;
}

bool PlainReader::key(std::size_t depth, YamlNode& node) {
  const std::size_t end = key_end();
  if (end == 0 || !place(Kind::kScalar, depth, node)) return false;
  node.text = text_.substr(at_, end - at_);
  at_ = end + 1;
  return !is_null(node.text);
}

bool PlainReader::map(std::size_t indent, std::size_t depth, YamlNode& node) {
  if (!place(Kind::kMap, depth, node)) return false;
  node.children.reserve(4);
  for (;;) {
    if (!key(depth + 1, node.children.emplace_back())) return false;
    const std::size_t before = at_;
    skip_blanks();
    const bool empty = here() == '\n' || (here() == '#' && at_ > before);
    YamlNode& under = node.children.emplace_back();
    if (empty ? !below(indent, depth + 1, under)
              : !value(false, depth + 1, under) || !end_of_line()) {
      return false;
    }
    if (ended_ || column_ < indent) return has_unique_keys(node);
    if (column_ > indent) return false;
  }
}

// What stands under a key in the lines after it.
bool PlainReader::below(std::size_t indent, std::size_t depth, YamlNode& node) {
  if (!next_line() || column_ < indent) return false;
  if (is_dash()) return list(column_, depth, node);
  return column_ > indent && map(column_, depth, node);
}

bool PlainReader::list(std::size_t indent, std::size_t depth, YamlNode& node) {
  if (!place(Kind::kSequence, depth, node)) return false;
  for (;;) {
    ++at_;
    skip_blanks();
    if (here() == '#' || is_dash()) return false;
    YamlNode& entry = node.children.emplace_back();
    const bool read = is_key() ? map(at_ - start_, depth + 1, entry)
                               : value(false, depth + 1, entry) && end_of_line();
    if (!read) return false;
    if (ended_ || column_ < indent) return true;
    if (column_ > indent) return false;
    if (!is_dash()) return true;  // the next key of the map around it
  }
}

bool PlainReader::value(bool in_brackets, std::size_t depth, YamlNode& node) {
  if (here() == '[') return list_in_brackets(depth, node);
  if (here() == '{') return map_in_braces(depth, node);
  if (!place(Kind::kScalar, depth, node)) return false;
  node.quoted = here() == '"' || here() == '\'';
  std::string_view text;
  if (!(node.quoted ? quoted_text(text) : plain_text(in_brackets, text))) return false;
  node.text = text;
  return true;
}

bool PlainReader::quoted_text(std::string_view& text) {
  const char quote = here();
  const std::size_t first = ++at_;
  while (here() != quote) {
    if (here() == '\\' || here() == '\n') return false;
    ++at_;
  }
  text = text_.substr(first, at_ - first);
  ++at_;
  return here() != quote;
}

bool PlainReader::plain_text(bool in_brackets, std::string_view& text) {
  const std::size_t first = at_;
  const bool begins = is_alphanumeric(here()) || is_one_of(here(), "_./+") ||
                      (here() == '-' && is_alphanumeric(at(at_ + 1)));
  if (!begins) return false;
  std::size_t end = at_;  // behind the last that is no blank
  for (; here() != '\n'; ++at_) {
    const char next = at(at_ + 1);
    if (is_alphanumeric(here()) || is_one_of(here(), "_-./+=%@")) {
      end = at_ + 1;
    } else if (here() == ':') {
      if (!is_alphanumeric(next) && next != '/' && next != ':') return false;
      end = at_ + 1;
    } else if (here() != ' ' || next == '#') {
      break;
    }
  }
  at_ = end;
  text = text_.substr(first, end - first);
  const char after = here();
  const bool ends = after == '\n' || after == ' ' || (in_brackets && is_one_of(after, ",]}"));
  return ends && !is_null(text);
}

bool PlainReader::list_in_brackets(std::size_t depth, YamlNode& node) {
  if (!place(Kind::kSequence, depth, node)) return false;
  ++at_;
  skip_blanks();
  if (here() == ']') return ++at_ > 0;
  for (;;) {
    if (!value(true, depth + 1, node.children.emplace_back())) return false;
    skip_blanks();
    const char after = here();
    ++at_;
    if (after == ']') return true;
    if (after != ',') return false;
    skip_blanks();
  }
}

bool PlainReader::map_in_braces(std::size_t depth, YamlNode& node) {
  if (!place(Kind::kMap, depth, node)) return false;
  ++at_;
  skip_blanks();
  if (here() == '}') return ++at_ > 0;
  for (;;) {
    if (!key(depth + 1, node.children.emplace_back())) return false;
    skip_blanks();
    if (!value(true, depth + 1, node.children.emplace_back())) return false;
    skip_blanks();
    const char after = here();
    ++at_;
    if (after == '}') return has_unique_keys(node);
    if (after != ',') return false;
    skip_blanks();
  }
}

}  // namespace

std::optional<YamlNode> read_plain_yaml(std::string_view document) {
  const bool is_ascii = std::all_of(document.begin(), document.end(),
                                    [](char c) { return (c >= ' ' && c < '\x7f') || c == '\n'; });
  YamlNode root;
  if (!is_ascii || !PlainReader(document).document(root)) return {};
  return root;
}

}  // namespace holdfast
