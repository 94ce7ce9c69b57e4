// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/nearest.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

// In the order of the help. A new command is a file of commands/ and a line here.
constexpr auto kCommands = std::to_array<AddCommand>({
    add_status, add_watch,   add_why,   add_history,    add_maintenance, add_checks, add_servers,
    add_server, add_alert,   add_check, add_schema,     add_import,      add_doctor, add_fleet,
    add_reload, add_upgrade, add_stop,  add_completion, add_version,
});

// Of a word where a verb belongs. Else it says no more than CLI11, which counts verbs before it
// looks at what is left: that one is missing.
std::string unknown_verb(const CLI::App& app) {
  const CLI::App* parent = &app;
  while (!parent->get_subcommands().empty()) parent = parent->get_subcommands().front();
  if (parent->get_require_subcommand_min() == 0) return "";
  const std::vector<std::string> rest = app.remaining(true);
  const auto word = std::find_if(rest.begin(), rest.end(),
                                 [](const std::string& one) { return !one.starts_with('-'); });
  if (word == rest.end()) return "";
  std::vector<std::string_view> verbs;
  for (const CLI::App* verb : parent->get_subcommands([](const CLI::App*) { return true; })) {
    verbs.emplace_back(verb->get_name());
  }
  return "unknown command '" + printable(*word) + "'" + did_you_mean(*word, verbs);
}

int program(int argc, char** argv) {
  Globals globals;
  CLI::App app{
      "Looks at a running holdfastd and checks its configuration.\n"
      "Exit status: 0 done, 1 failed, 2 usage, 3 holdfastd cannot be reached."};
  app.set_version_flag("--version", "holdfastctl " HOLDFAST_VERSION);
  app.add_option("--runtime-dir", globals.runtime_dir, "directory of the control socket")
      ->capture_default_str();
  app.require_subcommand(1);
  app.fallthrough();  // --runtime-dir may stand after the verb too
  std::vector<Verb> verbs;
  for (const AddCommand add : kCommands) {
    for (Verb& verb : add(app, globals)) verbs.push_back(std::move(verb));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool wants_verb = error.get_name() == "RequiredError";
    const std::string unknown = wants_verb ? unknown_verb(app) : "";
    if (!unknown.empty()) return failed(kUsage, unknown);
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  for (const Verb& verb : verbs) {
    if (verb.app->parsed() && verb.app->get_subcommands().empty()) return verb.run();
  }
  return kUsage;
}

}  // namespace
}  // namespace holdfast::ctl

// NOLINTNEXTLINE(bugprone-exception-escape): CLI11 throws past its parse() only for our mistakes
int main(int argc, char** argv) {
  return holdfast::ctl::program(argc, argv);
}
