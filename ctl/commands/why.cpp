// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/why_report.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::string instance;
  bool json = false;
};

int why(const Globals& globals, const Options& options) {
  const Result<std::string> status = ask_daemon(globals.runtime_dir, "status");
  if (!status) return failed(kNotReachable, status.error().message);
  const Result<std::string> history = ask_daemon(globals.runtime_dir, "history");
  if (!history) return failed(kNotReachable, history.error().message);
  return show(options.json ? why_json(*status, *history, options.instance)
                           : why_report(*status, *history, options.instance, wants_colours()));
}

}  // namespace

std::vector<Verb> add_why(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = program.add_subcommand(
      "why", "why an instance is MASTER, BACKUP or in FAULT: the chain of causes in sentences");
  verb->add_option("INSTANCE", options->instance, "the name of the instance")->required();
  verb->add_flag("--json", options->json, "for programs");
  return {{verb, [&globals, options] { return why(globals, *options); }}};
}

}  // namespace holdfast::ctl
