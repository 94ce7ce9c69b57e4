// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// A program of the operator's: `script` of a check, and what stands under `notify`.
namespace holdfast {
namespace {

constexpr std::size_t kWordsMax = 64;
constexpr std::size_t kBytesMax = 4096;
bool is_command(std::string_view text);
constexpr TextForm kCommandText{
    "the absolute path of a program and its arguments, as one text or as a list",
    "^ */[^'\"\\\\`$|&;<>]*$", is_command};
constexpr std::string_view kWhat = kCommandText.what;

bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

std::vector<std::string> split_at_blanks(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return words;
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

Forms words_of_command() {
  return form::text(kCommandText) | form::list(form::text(kAnyText), 1, kWordsMax);
}

Keys command_keys() {
  return {
      {"command", words_of_command(), kRequired,
       "A program by its absolute path, and its arguments."},
      {"user", form::text({"the name of a user", "^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}$", is_user}),
       "holdfast-script", "Whom it runs as."}};
}

const Shape& command_shape() {
  static const Shape shape{"command", "a command", command_keys(), {}};
  return shape;
}

const Shape& script_shape() {
  static const Shape shape{
      "script",
      "script",
      command_keys() + Keys{{"dynamic_weight", form::boolean(), "false",
                             "Its exit status from 2 to 255 is a weight, not a failure."}},
      {}};
  return shape;
}

class CommandReader {
 public:
  CommandReader(std::string_view key, Faults& faults, bool* dynamic_weight)
      : key_(key), faults_(faults), dynamic_weight_(dynamic_weight) {}

  std::optional<Command> read(const YamlNode& node) {
    const bool read = node.kind == YamlNode::Kind::kMap ? read_map(node) : read_words(node);
    if (!read) return std::nullopt;
    return std::move(command_);
  }

 private:
  bool read_map(const YamlNode& node) {
    const bool script = dynamic_weight_ != nullptr;
    MapReader map(faults_, node, script ? script_shape() : command_shape(), key_);
    if (script) map.boolean("dynamic_weight", *dynamic_weight_);
    const bool user = !map.has("user") || map.text("user", command_.user) != nullptr;
    return map.has("command") && read_words(*map.find("command")) && user;
  }

  bool read_words(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kSequence) {
      for (const YamlNode& word : node.children) {
        const YamlText* text = read_text(faults_, key_, word, "a word of a command");
        if (text == nullptr) return false;
        command_.words.push_back(*text);
      }
    } else if (node.kind == YamlNode::Kind::kScalar) {
      // Whoever writes these expects a shell, and would be surprised by what the program gets.
      if (node.text.find_first_of("'\"\\`$|&;<>") != std::string::npos) {
        expected(faults_, key_, node, kWhat,
                 ": no shell reads it, so quotes and a shell's signs need a list of words");
        return false;
      }
      command_.words = split_at_blanks(node.text);
    }
    if (command_.words.empty() || !command_.words.front().starts_with('/')) {
      expected(faults_, key_, node, kWhat);
      return false;
    }
    return fits(node);
  }

  bool fits(const YamlNode& node) {
    std::size_t bytes = 0;
    for (const std::string& word : command_.words) {
      bytes += word.size() + 1;
      if (word.find('\0') == std::string::npos) continue;
      faults_.add(node, std::string(key_) +
                            ": found a NUL character, at which a word of a command "
                            "would end, expected none");
      return false;
    }
    if (command_.words.size() <= kWordsMax && bytes <= kBytesMax) return true;
    faults_.add(node, std::string(key_) + ": found " + std::to_string(command_.words.size()) +
                          " words of " + std::to_string(bytes) +
                          " bytes, expected at most 64 words and 4096 bytes");
    return false;
  }

  std::string_view key_;
  Faults& faults_;
  bool* dynamic_weight_;  // null: no such key
  Command command_;
};

bool is_command(std::string_view text) {
  return is_taken(text, [](Faults& faults, const YamlNode& node) {
    CommandReader("", faults, nullptr).read(node);
  });
}

}  // namespace

Forms form::command() {
  return words_of_command() | map(command_shape);
}

Forms form::script() {
  return words_of_command() | map(script_shape);
}

std::optional<Command> read_command(std::string_view key, const YamlNode& node, const Reading& into,
                                    bool* dynamic_weight) {
  std::optional<Command> command = CommandReader(key, into.faults, dynamic_weight).read(node);
  if (command) into.places.commands.push_back(in_file<PlacedCommand>(node, *command));
  return command;
}

}  // namespace holdfast
