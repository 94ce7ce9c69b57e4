// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "ctl/command_tree.h"

// For pandoc: lists of terms and their definitions.
namespace holdfast::ctl {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#$~^|@\"'-.!").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string strong(std::string_view text) {
  return "**" + escaped(text) + "**";
}

std::string named(const OptionNode& option) {
  std::string out;
  for (const std::string& name : option.names) out += (out.empty() ? "" : ", ") + strong(name);
  if (option.kind == ValueKind::kNone) return out;
  if (option.choices.empty()) return out + " *" + escaped(option.value) + '*';
  std::string choices;
  for (const std::string& one : option.choices) choices += (choices.empty() ? "" : "|") + one;
  return out + ' ' + escaped(choices);
}

std::string argument(const OptionNode& option) {
  const std::string name = '*' + escaped(option.names.front()) + '*' +
                           (option.repeated ? escaped("...") : std::string());
  return option.required ? ' ' + name : ' ' + escaped("[") + name + escaped("]");
}

bool is_help(const OptionNode& option) {
  return option.names.back() == "--help";
}

// A term and what it means; an empty meaning is none.
std::string entry(const std::string& term, const std::string& meaning, const std::string& indent) {
  return indent + term + "\n\n" + indent + ":   " + (meaning.empty() ? "." : escaped(meaning)) +
         "\n\n";
}

void describe(const CommandNode& command, std::string& out) {
  std::string term = strong(command.path);
  for (const OptionNode& one : command.positionals) term += argument(one);
  out += entry(term, command.help, "");
  for (const OptionNode& one : command.positionals) {
    if (!one.help.empty()) out += entry('*' + escaped(one.names.front()) + '*', one.help, "    ");
  }
  for (const OptionNode& one : command.options) {
    if (!is_help(one)) out += entry(named(one), one.help, "    ");
  }
  for (const CommandNode& one : command.commands) describe(one, out);
}

}  // namespace

std::string markdown_reference(const CommandNode& root) {
  std::string out = "# OPTIONS\n\n";
  for (const OptionNode& one : root.options) out += entry(named(one), one.help, "");
  out += "# COMMANDS\n\n";
  for (const CommandNode& one : root.commands) describe(one, out);
  return out;
}

}  // namespace holdfast::ctl
