// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string_view>

#include "ctl/command_tree.h"

// Each script finds the command that the line has come to by the same means: a word goes one
// command deeper if what it makes with those before is a command. That is kept in `at`: " server
// drain".
namespace holdfast::ctl {
namespace {

// The whole tree, the program itself first.
std::vector<const CommandNode*> all_of(const CommandNode& root) {
  std::vector<const CommandNode*> all{&root};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const CommandNode& one : all[i]->commands) all.push_back(&one);
  }
  return all;
}

std::string at(const CommandNode& command) {
  return command.path.empty() ? "" : ' ' + command.path;
}

std::string last_word(const CommandNode& command) {
  return command.path.substr(command.path.rfind(' ') + 1);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

std::string quoted(std::string_view text) {  // for bash and zsh
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out + "'";
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// What goes one command deeper, as patterns of a shell.
std::vector<std::string> deeper(const CommandNode& root) {
  std::vector<std::string> patterns;
  for (const CommandNode* command : all_of(root)) {
    if (command != &root) patterns.push_back(quoted(at(*command)));
  }
  return patterns;
}

// The options that may stand after a command: its own, and the program's that have a value.
std::vector<const OptionNode*> options_of(const CommandNode& command, const CommandNode& root) {
  std::vector<const OptionNode*> options;
  for (const OptionNode& one : command.options) options.push_back(&one);
  for (const OptionNode& one : root.options) {
    if (&command != &root && one.kind != ValueKind::kNone) options.push_back(&one);
  }
  return options;
}

ValueKind positional_kind(const CommandNode& command) {
  for (const OptionNode& one : command.positionals) {
    if (one.kind != ValueKind::kText) return one.kind;
  }
  return ValueKind::kText;
}

struct Dialect {
  std::string directories;
  std::string files;
  std::string words_begin;  // before a list of words
  std::string words_end;
};

// The arms of a case over "$at OPTION": what the value that follows is completed with.
std::string value_arms(const CommandNode& root, const Dialect& dialect) {
  std::string out;
  for (const CommandNode* command : all_of(root)) {
    for (const OptionNode& option : command->options) {
      if (option.kind == ValueKind::kNone) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back((command == &root ? "*" : "") + quoted(at(*command) + ' ' + name));
      }
      out += "    " + joined(patterns, " | ") + ") ";
      if (!option.choices.empty()) {
        out += dialect.words_begin + joined(option.choices, " ") + dialect.words_end + "; ";
      } else if (option.kind == ValueKind::kDirectory) {
        out += dialect.directories + "; ";
      } else if (option.kind == ValueKind::kFile) {
        out += dialect.files + "; ";
      }
      out += "return ;;\n";
    }
  }
  return out;
}

// What is completed after a command: the commands below it, and the choices of its arguments.
std::vector<std::string> words_after(const CommandNode& command) {
  std::vector<std::string> words;
  for (const CommandNode& one : command.commands) words.push_back(last_word(one));
  for (const OptionNode& one : command.positionals) {
    words.insert(words.end(), one.choices.begin(), one.choices.end());
  }
  return words;
}

std::string zsh_entry(const std::string& name, const std::string& help) {
  std::string escaped;
  for (const char c : name) {
    if (c == ':') escaped += '\\';
    escaped += c;
  }
  return ' ' + quoted(escaped + ':' + first_line(help));
}

}  // namespace

std::string bash_completion(const std::string& program, const CommandNode& root) {
  const Dialect dialect{.directories = "compopt -o filenames; _" + program + "_reply -d",
                        .files = "compopt -o filenames; _" + program + "_reply -f",
                        .words_begin = "_" + program + "_reply -W '",
                        .words_end = "'"};
  std::string out = "# Made by " + program + " completion bash.\n_" + program +
                    "_reply() {\n  local line\n"
                    "  while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(\n"
                    "    compgen \"$@\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n}\n\n_" +
                    program +
                    "() {\n  local at='' word\n  COMPREPLY=()\n"
                    "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                    "    case \"$at $word\" in\n    " +
                    joined(deeper(root), " | ") + ") at=\"$at $word\" ;;\n    esac\n  done\n" +
                    "  case \"$at ${COMP_WORDS[COMP_CWORD-1]}\" in\n" + value_arms(root, dialect) +
                    "  esac\n  case \"$at\" in\n";
  for (const CommandNode* command : all_of(root)) {
    std::vector<std::string> words = words_after(*command);
    for (const OptionNode* option : options_of(*command, root)) {
      words.insert(words.end(), option->names.begin(), option->names.end());
    }
    out += "    " + quoted(at(*command)) + ")\n      " + dialect.words_begin + joined(words, " ") +
           dialect.words_end + "\n";
    if (positional_kind(*command) == ValueKind::kFile) out += "      " + dialect.files + "\n";
    if (positional_kind(*command) == ValueKind::kDirectory) {
      out += "      " + dialect.directories + "\n";
    }
    out += "      ;;\n";
  }
  return out + "  esac\n}\ncomplete -F _" + program + " " + program + "\n";
}

std::string zsh_completion(const std::string& program, const CommandNode& root) {
  const Dialect dialect{
      .directories = "_files -/", .files = "_files", .words_begin = "compadd -- ", .words_end = ""};
  std::string out = "#compdef " + program + "\n# Made by " + program + " completion zsh.\n_" +
                    program +
                    "() {\n  local at='' word\n  local -a verbs options\n"
                    "  for word in ${words[2,CURRENT-1]}; do\n    case \"$at $word\" in\n    " +
                    joined(deeper(root), " | ") + ") at=\"$at $word\" ;;\n    esac\n  done\n" +
                    "  case \"$at ${words[CURRENT-1]}\" in\n" + value_arms(root, dialect) +
                    "  esac\n  case \"$at\" in\n";
  for (const CommandNode* command : all_of(root)) {
    out += "    " + quoted(at(*command)) + ")\n";
    std::string verbs;
    for (const CommandNode& one : command->commands) verbs += zsh_entry(last_word(one), one.help);
    std::vector<std::string> choices;
    for (const OptionNode& one : command->positionals) {
      choices.insert(choices.end(), one.choices.begin(), one.choices.end());
    }
    for (const std::string& one : choices) verbs += ' ' + quoted(one);
    std::string options;
    for (const OptionNode* option : options_of(*command, root)) {
      for (const std::string& name : option->names) options += zsh_entry(name, option->help);
    }
    out += "      verbs=(";
    out += verbs;
    out += " )\n      options=(";
    out += options;
    out += " )\n";
    if (positional_kind(*command) == ValueKind::kFile) out += "      _files\n";
    if (positional_kind(*command) == ValueKind::kDirectory) out += "      _files -/\n";
    out += "      ;;\n";
  }
  return out +
         "  esac\n  (( $#verbs )) && _describe -t commands command verbs\n"
         "  _describe -o -t options option options\n}\n_" +
         program + " \"$@\"\n";
}

std::string fish_completion(const std::string& program, const CommandNode& root) {
  std::string out =
      "# Made by " + program + " completion fish.\nfunction __" + program +
      "_at\n  set -l at ''\n"
      "  for word in (commandline -opc)[2..-1]\n    switch \"$at $word\"\n      case " +
      joined(deeper(root), " ") +
      "\n        set at \"$at $word\"\n    end\n  end\n"
      "  test \"$at\" = \"$argv[1]\"\nend\ncomplete -c " +
      program + " -f\n";
  for (const CommandNode* command : all_of(root)) {
    const std::string begin = "complete -c " + program + " -n " +
                              fish_quoted("__" + program + "_at \"" + at(*command) + '"');
    for (const CommandNode& one : command->commands) {
      out += begin + " -a " + last_word(one) + " -d " + fish_quoted(first_line(one.help)) + '\n';
    }
    for (const OptionNode& one : command->positionals) {
      if (!one.choices.empty())
        out += begin + " -a " + fish_quoted(joined(one.choices, " ")) + '\n';
    }
    if (positional_kind(*command) != ValueKind::kText) out += begin + " -F\n";
    for (const OptionNode* option : options_of(*command, root)) {
      out += begin;
      for (const std::string& name : option->names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option->kind != ValueKind::kNone) out += " -r";
      if (option->kind > ValueKind::kText) out += " -F";
      if (!option->choices.empty()) out += " -a " + fish_quoted(joined(option->choices, " "));
      out += " -d " + fish_quoted(first_line(option->help)) + '\n';
    }
  }
  return out;
}

}  // namespace holdfast::ctl
