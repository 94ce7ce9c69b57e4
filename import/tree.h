// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "import/source.h"

// The directives of a keepalived.conf, as they are nested, each with its place and its comments.
namespace holdfast::importer {

struct Word {
  std::string text;     // without its quotes
  std::string escaped;  // the same with \n, \x41... replaced
  bool quoted = false;
  bool open = false;  // its quotation mark is not closed
};

struct Directive {
  Place place;
  std::vector<Word> words;  // at least its name
  std::vector<std::string> comments;
  bool block = false;
  std::vector<Directive> children;            // of a block
  std::vector<std::string> closing_comments;  // before its closing brace
  mutable std::size_t asked = 0;              // the last of its words that anybody has read

  const std::string& name() const { return words[0].text; }
  // The word after the name, or a later one; empty, if it is not there.
  std::string_view argument(std::size_t index = 1) const {
    asked = std::max(asked, index);
    return index < words.size() ? std::string_view(words[index].text) : std::string_view();
  }
  // The same word with \n, \x41... replaced, as keepalived does in some directives.
  std::string_view escaped(std::size_t index = 1) const {
    asked = std::max(asked, index);
    return index < words.size() ? std::string_view(words[index].escaped) : std::string_view();
  }
  bool has_unread() const { return asked + 1 < words.size(); }
};

struct Tree {
  std::vector<Directive> directives;
  std::vector<std::string> comments;  // after the last
  std::vector<Problem> problems;
};

Tree build_tree(const Source& source);

// The words of a line. Braces are words only where keepalived takes them for such: on their own,
// or at the end of a line.
std::vector<Word> split_words(std::string_view line);
// The words of a command in one text: a part in single quotes is one word.
std::vector<std::string> split_command(std::string_view text);

}  // namespace holdfast::importer
