// SPDX-License-Identifier: Apache-2.0
#include "import/source.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "import/definitions.h"

namespace holdfast::importer {
namespace {

// More than any file needs, and few enough for one that includes or means itself to end soon.
constexpr int kIncludesMax = 64;
constexpr int kDepthMax = 500;  // of definitions in one another, or in one line
constexpr std::size_t kLineMax = 1 << 20;
constexpr std::size_t kLinesMax = 2'000'000;
constexpr std::size_t kRoundsMax = 300'000;

struct Parted {
  std::string text;
  std::optional<std::string> comment;
  bool cuts = false;  // it begins in the midst of a word
};

// A comment begins with # or !, anywhere but in quotes.
Parted part_comment(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' || c == '!') {
      const std::size_t begin = line.find_first_not_of("#!", i);
      const bool cuts = i > 0 && std::string_view(" \t{}").find(line[i - 1]) == std::string::npos;
      return {std::string(trim(line.substr(0, i))),
              begin == std::string_view::npos ? "" : std::string(trim(line.substr(begin))), cuts};
    }
  }
  return {std::string(trim(line)), std::nullopt, false};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

class Preprocessor {
 public:
  explicit Preprocessor(const Machine& machine) : machine_(machine) {}

  void read_file(const std::string& path, const std::string& text, int depth);
  Source finish() {
    source_.comments = std::move(comments_);
    return std::move(source_);
  }

 private:
  struct Body {  // of a definition of several lines that is being read
    std::string name;
    std::string text;
  };

  void read_line(const std::string& raw, int depth);
  bool include(const std::string& text, int depth);
  void process(const std::string& text, int depth);
  bool conditional(const std::string& text, int depth);
  bool expand(const std::string& text, int depth);
  std::optional<std::string> value_of(const Use& use) const;
  void emit(const std::string& text);
  void problem(std::string message) { source_.problems.push_back({place_, std::move(message)}); }

  const Machine& machine_;
  Source source_;
  Place place_;
  std::map<std::string, std::string> definitions_;
  std::size_t rounds_ = 0;
  std::optional<Body> body_;
  std::string continued_;
  std::vector<std::string> comments_;
  std::string comment_;
};

void Preprocessor::read_file(const std::string& path, const std::string& text, int depth) {
  const Place outside = std::exchange(place_, {path, 0});
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // invisible, and of no use
  const bool marked = text.starts_with(kByteOrderMark);
  for (const std::string& line : split_lines(marked ? text.substr(kByteOrderMark.size()) : text)) {
    ++place_.line;
    read_line(line, depth);
  }
  if (body_) problem("the definition of $" + body_->name + " goes on beyond the end of the file");
  body_.reset();
  place_ = outside;
}

void Preprocessor::read_line(const std::string& raw, int depth) {
  Parted parted = part_comment(raw);
  if (parted.text.empty()) {
    if (parted.comment && !body_) comments_.push_back(*parted.comment);
    return;  // also in the midst of a definition
  }
  if (parted.cuts) {  // of a password, most often: it is not repeated
    source_.remarks.push_back(
        {place_,
         "comment: keepalived takes what follows # or ! for one, in the midst of a word too"});
    parted.comment.reset();
  }
  const bool goes_on = parted.text.ends_with('\\');
  if (goes_on) parted.text = std::string(trim(parted.text.substr(0, parted.text.size() - 1)));
  if (body_) {
    body_->text += (body_->text.empty() ? "" : "\n") + parted.text;
    if (goes_on) return;
    definitions_[body_->name] = body_->text;
    body_.reset();
    return;
  }
  if (goes_on) {
    if (const auto definition = parse_definition(parted.text)) {
      body_ = Body{definition->name, definition->value};
      return;
    }
    continued_ += parted.text + ' ';
    return;
  }
  comment_ = parted.comment.value_or("");
  const std::string text = std::exchange(continued_, "") + parted.text;
  if (!include(text, depth)) process(text, depth);
}

// keepalived looks for it before anything is replaced.
bool Preprocessor::include(const std::string& text, int depth) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string word = text.substr(0, end);
  const bool must = word.size() == 8 && std::string("rmwba").find(word[7]) != std::string::npos;
  if (!word.starts_with("include") || (word.size() != 7 && !must)) return false;
  std::string pattern(trim(std::string_view(text).substr(end)));
  if (pattern.size() > 1 && pattern.front() == '"' && pattern.back() == '"') {
    pattern = pattern.substr(1, pattern.size() - 2);
  }
  if (depth >= kIncludesMax) {
    problem("files include one another without end");
    return true;
  }
  if (!pattern.starts_with('/')) pattern = folder_of(place_.file) + "/" + pattern;
  const std::vector<std::string> files = machine_.glob(pattern);
  if (files.empty()) {
    auto& into = must ? source_.problems : source_.remarks;
    into.push_back({place_, word + ": no file matches '" + pattern + "'"});
  }
  for (const std::string& file : files) {
    if (const auto inner = machine_.read(file)) {
      read_file(file, *inner, depth + 1);
    } else {
      auto& into = must ? source_.problems : source_.remarks;
      std::string message = word;
      message.append(": cannot read '").append(file).append("': ").append(inner.error().message);
      into.push_back({place_, std::move(message)});
    }
  }
  return true;
}

void Preprocessor::process(const std::string& untrimmed, int depth) {
  const std::string text(trim(untrimmed));
  if (text.empty() || !source_.problems.empty()) return;
  if (depth > kDepthMax) {
    problem("what is defined here means itself");
    return;
  }
  if (text.starts_with('@')) {
    if (conditional(text, depth)) return;
  }
  if (const auto definition = parse_definition(text)) {
    definitions_[definition->name] = definition->value;
    return;
  }
  if (const auto rounds = parse_rounds(text)) {
    // One in another makes a product of them, whatever comes of it.
    rounds_ += rounds->rounds.size();
    if (!rounds->error.empty()) {
      problem(rounds->error);
    } else if (rounds_ > kRoundsMax) {
      problem("sequences and lists of more than 300000 rounds, each of one in another counted");
    }
    for (const auto& round : rounds->rounds) {
      if (!source_.problems.empty()) break;
      for (const Definition& one : round) definitions_[one.name] = one.value;
      process(rounds->rest, depth + 1);
    }
    return;
  }
  if (!expand(text, depth)) emit(text);
}

bool Preprocessor::conditional(const std::string& text, int depth) {
  const bool unless = text.starts_with("@^");
  const std::size_t begin = unless ? 2 : 1;
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const bool same = text.substr(begin, end - begin) == machine_.config_id;
  if (same != unless) process(text.substr(end), depth + 1);
  return true;
}

std::optional<std::string> Preprocessor::value_of(const Use& use) const {
  if (use.name == "_PWD") return folder_of(place_.file);
  if (use.name == "_INSTANCE") return machine_.config_id;
  if (use.name == "_HASH") return "#";
  if (use.name == "_BANG") return "!";
  if (use.name == "_ENV") return machine_.environment(use.words).value_or("");
  const auto found = definitions_.find(use.name);
  if (found == definitions_.end() || !use.words.empty()) return std::nullopt;
  return found->second;
}

// Replaces the first definition that is used, and goes on with what comes of it.
bool Preprocessor::expand(const std::string& text, int depth) {
  std::size_t from = 0;
  while (const auto use = find_use(text, from)) {
    const auto value = value_of(*use);
    if (use->name == "_RANDOM") {
      source_.remarks.push_back(
          {place_, "${_RANDOM} is another number at each start of keepalived"});
    }
    if (!value) {  // keepalived leaves it as it is
      from = use->end;
      continue;
    }
    const std::string whole = text.substr(0, use->begin) + *value + text.substr(use->end);
    if (whole.size() > kLineMax) {
      problem("more than 1 MiB of text in one line, definitions expanded");
      return true;
    }
    for (const std::string& line : split_lines(whole)) process(line, depth + 1);
    return true;
  }
  return false;
}

void Preprocessor::emit(const std::string& text) {
  if (source_.lines.size() >= kLinesMax) {
    problem("more than 2000000 lines, sequences and definitions expanded");
    return;
  }
  source_.lines.push_back(
      {place_, text, std::exchange(comments_, {}), std::exchange(comment_, "")});
}

}  // namespace

Source preprocess(const std::string& path, const Machine& machine) {
  const auto text = machine.read(path);
  if (!text) {
    Source none;
    none.problems.push_back({{path, 1}, "cannot be read: " + text.error().message});
    return none;
  }
  Preprocessor preprocessor(machine);
  preprocessor.read_file(path, *text, 0);
  return preprocessor.finish();
}

}  // namespace holdfast::importer
