// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"

namespace holdfast::ctl {
namespace {

int stop(const Globals& globals, bool keep) {
  // The daemon answers at its end: addresses are handed over first.
  constexpr std::chrono::seconds kPatience{60};
  const Result<std::string> answer =
      ask_daemon(globals.runtime_dir, keep ? "stop keep" : "stop", kPatience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

}  // namespace

std::vector<Verb> add_stop(CLI::App& program, const Globals& globals) {
  const auto keep = std::make_shared<bool>(false);
  CLI::App* const verb = program.add_subcommand(
      "stop", "holdfastd hands over its addresses and stops, as by SIGTERM; returns at its end");
  verb->add_flag("--keep", *keep,
                 "the kernel's table of virtual servers stays and serves, whatever is configured");
  return {{verb, [&globals, keep] { return stop(globals, *keep); }}};
}

}  // namespace holdfast::ctl
