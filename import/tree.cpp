// SPDX-License-Identifier: Apache-2.0
#include "import/tree.h"

#include <cstdint>
#include <utility>

namespace holdfast::importer {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// The digits at `at`, at most `count` of them, as a byte; moves `at` beyond them.
char digits(std::string_view text, std::size_t& at, int base, int count) {
  int value = 0;
  while (count-- > 0 && at < text.size() && digit_of(text[at]) < base) {
    value = value * base + digit_of(text[at++]);
  }
  return static_cast<char>(static_cast<std::uint8_t>(value));
}

// What follows a backslash at `at`; moves `at` beyond it.
char escape(std::string_view text, std::size_t& at) {
  const char c = text[at++];
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'E':
      return '\x1b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'x':
      return digits(text, at, 16, 2);
    case 'c':
      if (at == text.size()) return c;
      return static_cast<char>(static_cast<std::uint8_t>(text[at++]) & 0x1fU);
    default:
      if (digit_of(c) < 8) return digits(text, --at, 8, 3);
      return c;
  }
}

bool is_brace(const Word& word) {
  return !word.quoted && (word.text == "{" || word.text == "}");
}

class Builder {
 public:
  void add(const Line& line);
  Tree finish(const Source& source);

 private:
  std::vector<Directive>& level() {
    return stack_.empty() ? tree_.directives : stack_.back().children;
  }
  void open(const Place& place);
  void close(const Place& place);
  void take(std::vector<Word>& words, const Line& line);

  Tree tree_;
  std::vector<Directive> stack_;  // of the blocks that are open
  std::vector<std::string> comments_;
};

void Builder::take(std::vector<Word>& words, const Line& line) {
  if (words.empty()) return;
  Directive one;
  one.place = line.place;
  one.words = std::exchange(words, {});
  one.comments = std::exchange(comments_, {});
  level().push_back(std::move(one));
}

void Builder::open(const Place& place) {
  if (level().empty() || level().back().block) {
    tree_.problems.push_back({place, "a '{' that no directive stands before"});
    return;
  }
  Directive block = std::move(level().back());
  level().pop_back();
  block.block = true;
  stack_.push_back(std::move(block));
}

void Builder::close(const Place& place) {
  if (stack_.empty()) {
    tree_.problems.push_back({place, "a '}' that closes nothing"});
    return;
  }
  Directive block = std::move(stack_.back());
  stack_.pop_back();
  block.closing_comments = std::exchange(comments_, {});
  level().push_back(std::move(block));
}

void Builder::add(const Line& line) {
  comments_.insert(comments_.end(), line.comments.begin(), line.comments.end());
  if (!line.comment.empty()) comments_.push_back(line.comment);
  std::vector<Word> words;
  for (Word& word : split_words(line.text)) {
    if (!is_brace(word)) {
      words.push_back(std::move(word));
      continue;
    }
    take(words, line);
    if (word.text == "{") {
      open(line.place);
    } else {
      close(line.place);
    }
  }
  take(words, line);
}

Tree Builder::finish(const Source& source) {
  for (const Directive& block : stack_) {
    tree_.problems.push_back({block.place, "the block of '" + block.name() + "' is not closed"});
  }
  tree_.comments = std::move(comments_);
  tree_.comments.insert(tree_.comments.end(), source.comments.begin(), source.comments.end());
  return std::move(tree_);
}

}  // namespace

std::vector<Word> split_words(std::string_view line) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) break;
    Word word;
    char quote = '\0';
    while (at < line.size() && (quote != '\0' || !is_blank(line[at]))) {
      const char c = line[at++];
      if (c == '\\' && at < line.size()) {
        const std::size_t begin = at - 1;
        word.escaped += escape(line, at);
        word.text += line.substr(begin, at - begin);
      } else if (c == quote && quote != '\0') {
        quote = '\0';
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
        word.quoted = true;
      } else {
        word.text += c;
        word.escaped += c;
      }
    }
    word.open = quote != '\0';
    words.push_back(std::move(word));
  }
  if (words.empty() || words.back().quoted) return words;
  std::string& last = words.back().text;
  if (last.size() > 1 && last.back() == '{') {
    last.pop_back();
    words.back().escaped.pop_back();
    words.push_back({"{", "{", false, false});
  }
  return words;
}

std::vector<std::string> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size()) return words;
    std::string word;
    bool quoted = false;
    while (at < text.size() && (quoted || !is_blank(text[at]))) {
      const char c = text[at++];
      if (c == '\'') {
        quoted = !quoted;
      } else if (c == '\\' && at < text.size()) {
        word += escape(text, at);
      } else {
        word += c;
      }
    }
    words.push_back(std::move(word));
  }
}

Tree build_tree(const Source& source) {
  Builder builder;
  for (const Line& line : source.lines) builder.add(line);
  return builder.finish(source);
}

}  // namespace holdfast::importer
