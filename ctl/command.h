// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

// A command is a file of commands/: a function that adds its verb, with options and help, to the
// program, and says what to run when that verb is given. main.cpp has the table of them.
namespace holdfast::ctl {

// What stands before or after any verb.
struct Globals {
  std::string runtime_dir = "/run/holdfast";
};

struct Verb {
  CLI::App* app;             // the program's
  std::function<int()> run;  // the exit status; only after the arguments have been read
};

// A verb that only has verbs below it (require_subcommand) is not in the answer. The globals
// outlive the verbs and have their values when one is run.
using AddCommand = std::vector<Verb> (*)(CLI::App& program, const Globals& globals);

std::vector<Verb> add_status(CLI::App& program, const Globals& globals);
std::vector<Verb> add_watch(CLI::App& program, const Globals& globals);
std::vector<Verb> add_why(CLI::App& program, const Globals& globals);
std::vector<Verb> add_history(CLI::App& program, const Globals& globals);
std::vector<Verb> add_maintenance(CLI::App& program, const Globals& globals);
std::vector<Verb> add_checks(CLI::App& program, const Globals& globals);
std::vector<Verb> add_servers(CLI::App& program, const Globals& globals);
std::vector<Verb> add_server(CLI::App& program, const Globals& globals);
std::vector<Verb> add_alert(CLI::App& program, const Globals& globals);
std::vector<Verb> add_check(CLI::App& program, const Globals& globals);
std::vector<Verb> add_schema(CLI::App& program, const Globals& globals);
std::vector<Verb> add_import(CLI::App& program, const Globals& globals);
std::vector<Verb> add_doctor(CLI::App& program, const Globals& globals);
std::vector<Verb> add_fleet(CLI::App& program, const Globals& globals);
std::vector<Verb> add_reload(CLI::App& program, const Globals& globals);
std::vector<Verb> add_upgrade(CLI::App& program, const Globals& globals);
std::vector<Verb> add_stop(CLI::App& program, const Globals& globals);
std::vector<Verb> add_completion(CLI::App& program, const Globals& globals);
std::vector<Verb> add_version(CLI::App& program, const Globals& globals);

}  // namespace holdfast::ctl
