// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <array>
#include <vector>

#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

// In the order of the help. A new command is a file of commands/ and a line here.
constexpr auto kCommands = std::to_array<AddCommand>({
    add_status, add_watch,   add_why,   add_history,    add_maintenance, add_checks, add_servers,
    add_server, add_alert,   add_check, add_schema,     add_import,      add_doctor, add_fleet,
    add_reload, add_upgrade, add_stop,  add_completion, add_version,
});

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
