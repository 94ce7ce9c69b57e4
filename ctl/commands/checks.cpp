// SPDX-License-Identifier: Apache-2.0
#include "ctl/checks_report.h"

#include <chrono>
#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::string name;  // of the check to be run
  CheckFilter filter;
  bool json = false;
};

int checks(const Globals& globals, const Options& options) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "checks");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(options.json ? checks_json(*answer, options.filter)
                           : checks_report(*answer, options.filter, wants_colours()));
}

int run_check(const Globals& globals, const Options& options) {
  // The daemon gives an attempt 30 s.
  constexpr std::chrono::seconds kPatience{40};
  const Result<std::string> answer =
      ask_daemon(globals.runtime_dir, "checks run " + options.name, kPatience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  const Result<RunReport> run = run_report(*answer, wants_colours());
  if (!run) return failed(kFailed, run.error().message);
  const int printed = print(options.json ? *answer : run->text);
  return run->good ? printed : kFailed;
}

}  // namespace

std::vector<Verb> add_checks(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const list = program.add_subcommand("checks", "what every check has come to");
  list->add_option("NAME", options->filter.names, "only those of this name, or shell pattern");
  list->add_flag("--down", options->filter.down, "only what is not up");
  list->add_flag("--json", options->json, "for programs");
  CLI::App* const run = list->add_subcommand(
      "run", "one attempt of a check now, which counts as nothing, and what is said in it");
  run->add_option("NAME", options->name, "of the check")->required();
  run->add_flag("--json", options->json, "for programs");
  return {{list, [&globals, options] { return checks(globals, *options); }},
          {run, [&globals, options] { return run_check(globals, *options); }}};
}

}  // namespace holdfast::ctl
