// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

// The commands and options of a program, in plain words, for whoever describes them: completions of
// shells, the man page.
namespace holdfast::ctl {

// What a value may be completed with.
enum class ValueKind { kNone, kText, kFile, kDirectory };  // kNone: it takes no value

struct OptionNode {
  std::vector<std::string> names;  // "-h", "--help"; of a positional one its name alone
  std::string value;               // "TEXT"; empty for a flag and a positional one
  std::string help;
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> choices;  // if only these are allowed
  bool required = false;
  bool repeated = false;  // it may be given more than once
};

struct CommandNode {
  std::string path;  // "server drain"; empty for the program itself
  std::string help;
  std::vector<OptionNode> options;
  std::vector<OptionNode> positionals;
  std::vector<CommandNode> commands;  // below it
};

// The scripts that make a shell complete the command line of `program`, and what its man page says
// of options and commands.
std::string bash_completion(const std::string& program, const CommandNode& root);
std::string fish_completion(const std::string& program, const CommandNode& root);
std::string zsh_completion(const std::string& program, const CommandNode& root);
std::string markdown_reference(const CommandNode& root);

}  // namespace holdfast::ctl
