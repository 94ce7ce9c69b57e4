// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_report.h"

#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

int status(const Globals& globals, bool json) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "status");
  if (!answer) return failed(kNotReachable, answer.error().message);
  if (json) return print(*answer);
  return show(report(*answer, wants_colours()));
}

}  // namespace

std::vector<Verb> add_status(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand("status", "what every router, check and worker does");
  const auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "for programs");
  return {{verb, [&globals, json] { return status(globals, *json); }}};
}

}  // namespace holdfast::ctl
