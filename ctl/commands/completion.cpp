// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

#include "ctl/command.h"
#include "ctl/command_tree.h"
#include "ctl/console.h"

// For packages, so hidden: the completions and the reference are made of the very table that reads
// the command line, and cannot fall behind it.
namespace holdfast::ctl {
namespace {

// Of what CLI11 says of a type: "TEXT:{one,other}".
std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string one; std::getline(list, one, ',');) choices.push_back(one);
  return choices;
}

ValueKind kind_of(const std::string& name, const std::string& type) {
  const auto says = [&](const char* word) {
    return name.find(word) != std::string::npos || type.find(word) != std::string::npos;
  };
  if (says("DIR") || says("dir")) return ValueKind::kDirectory;
  return says("FILE") || says("file") || says("output") ? ValueKind::kFile : ValueKind::kText;
}

OptionNode node_of(const CLI::Option& option) {
  OptionNode node;
  const std::string type = option.get_type_name();
  if (option.nonpositional()) {
    for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
  } else {
    node.names.push_back(option.get_name(true));
  }
  if (option.get_items_expected_max() > 0) {
    node.kind = kind_of(node.names.back(), type);
    node.choices = choices_of(type);
    if (option.nonpositional()) node.value = type.substr(0, type.find(':'));
  }
  node.help = option.get_description();
  node.required = option.get_required();
  node.repeated = option.get_items_expected_max() > 1;
  return node;
}

CommandNode node_of(const CLI::App& app, const std::string& path) {
  CommandNode node;
  node.path = path;
  node.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? node.options : node.positionals).push_back(node_of(*option));
  }
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_group().empty()) continue;
    std::string deeper = path;
    if (!path.empty()) deeper += ' ';
    deeper += verb->get_name();
    node.commands.push_back(node_of(*verb, deeper));
  }
  return node;
}

int completion(const CLI::App& program, const std::string& form) {
  const std::string name = "holdfastctl";
  const CommandNode root = node_of(program, "");
  if (form == "bash") return print(bash_completion(name, root));
  if (form == "fish") return print(fish_completion(name, root));
  if (form == "zsh") return print(zsh_completion(name, root));
  return print(markdown_reference(root));
}

}  // namespace

std::vector<Verb> add_completion(CLI::App& program, const Globals& /*globals*/) {
  const auto form = std::make_shared<std::string>();
  CLI::App* const verb =
      program.add_subcommand("completion", "a script that makes a shell complete holdfastctl");
  verb->group("");
  verb->add_option("FORM", *form)
      ->required()
      ->check(CLI::IsMember({"bash", "fish", "zsh", "markdown"}));
  return {{verb, [&program, form] { return completion(program, *form); }}};
}

}  // namespace holdfast::ctl
