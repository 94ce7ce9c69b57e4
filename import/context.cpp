// SPDX-License-Identifier: Apache-2.0
#include "import/context.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace holdfast::importer {
namespace {

constexpr std::size_t kNameMax = 64;

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

// Whether the words can be written as one text, which Holdfast splits at blanks.
bool is_simple(const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return !word.empty() && word.find_first_of(" \t\n'\"\\`$|&;<>") == std::string::npos;
  });
}

std::string default_user(const Directive& at, Context& context) {
  if (!context.globals.script_user.empty()) return context.globals.script_user;
  if (context.machine.user_exists("keepalived_script")) return "keepalived_script";
  if (!std::exchange(context.told_of_root, true)) {
    context.findings.note(at,
                          "keepalived runs scripts as root here, since there is no user "
                          "keepalived_script: so do 'user: root' in the result; name another");
  }
  return "root";
}

}  // namespace

std::string Context::name(std::string_view kind, const Directive& at, std::string_view wanted) {
  std::string name(wanted.substr(0, kNameMax));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_name_char(c); }, '-');
  if (name.empty()) name = kind;
  std::string unique = name;
  const std::string prefix = std::string(kind) + ' ';
  for (int i = 2; names_taken.contains(prefix + unique); ++i) {
    const std::string suffix = "-" + std::to_string(i);
    unique = name.substr(0, kNameMax - suffix.size()) + suffix;
  }
  names_taken.insert(prefix + unique);
  if (unique != wanted)
    findings.note(at, "'" + std::string(wanted) + "' is called '" + unique + "'");
  return unique;
}

namespace {

// `user_at` is what names the user and the group.
std::optional<Yaml> command_of(const Directive& at, const Directive& user_at, std::string_view user,
                               std::string_view group, Context& context) {
  std::vector<std::string> words = split_command(at.escaped());
  if (words.empty()) {
    context.findings.report(at, "no program is given");
    return std::nullopt;
  }
  if (!words[0].starts_with('/')) {
    const auto path = context.machine.find_program(words[0]);
    if (!path) {
      context.findings.report(at, "Holdfast runs programs by their absolute path, and '" +
                                      words[0] + "' was not found here");
      return std::nullopt;
    }
    words[0] = *path;
  }
  if (!group.empty() && group[0] != ':') {
    context.findings.report(user_at, "a program has the groups of its user, and no other");
  }
  Yaml command = Yaml::list();
  if (is_simple(words)) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    command = Yaml::text(line);
  } else {
    for (const std::string& word : words) command.add(Yaml::text(word));
  }
  Yaml map = Yaml::map();
  map.put("command", std::move(command));
  map.put("user", Yaml::text(user.empty() ? default_user(at, context) : std::string(user)));
  return map;
}

}  // namespace

std::optional<Yaml> translate_command(const Directive& at, Context& context) {
  return command_of(at, at, at.argument(2), at.argument(3), context);
}

std::optional<Yaml> translate_command(const Directive& at, const Directive* user,
                                      Context& context) {
  if (user == nullptr) return command_of(at, at, "", "", context);
  return command_of(at, *user, user->argument(1), user->argument(2), context);
}

bool report_option(Section section, const Directive& entry, std::string_view option,
                   Findings& findings) {
  const Row* const row = find_directive(section, option);
  if (row != nullptr && row->translated()) return false;
  findings.report(entry, "'" + std::string(option) + "': " +
                             (row != nullptr ? std::string(row->reason)
                                             : "keepalived 2.3 has no such option here"));
  return true;
}

}  // namespace holdfast::importer
