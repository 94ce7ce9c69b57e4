// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"

namespace holdfast::ctl {
namespace {

int upgrade(const Globals& globals) {
  // The daemon refuses after 30 s.
  constexpr std::chrono::seconds kPatience{40};
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "upgrade", kPatience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

}  // namespace

std::vector<Verb> add_upgrade(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "upgrade", "holdfastd becomes the version that is installed now, without a failover");
  return {{verb, [&globals] { return upgrade(globals); }}};
}

}  // namespace holdfast::ctl
