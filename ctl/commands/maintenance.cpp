// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <optional>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"
#include "ctl/time_limit.h"

namespace holdfast::ctl {
namespace {

int maintenance(const Globals& globals, bool on, const TimeLimit& limit) {
  std::string request = on ? "maintenance on" : "maintenance off";
  const auto seconds = limit.seconds();
  if (!seconds) return failed(kUsage, seconds.error().message);
  if (*seconds) request += " for " + std::to_string(**seconds);
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, request);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

}  // namespace

std::vector<Verb> add_maintenance(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "maintenance", "takes this node out and lets it back; kept over reload and restart");
  verb->require_subcommand(1);
  const auto limit = std::make_shared<TimeLimit>();
  CLI::App* const on = verb->add_subcommand(
      "on", "hands every address over in order, and takes none over, whoever fails");
  limit->add_to(*on);
  CLI::App* const off = verb->add_subcommand("off", "takes part again, as after a start");
  return {{on, [&globals, limit] { return maintenance(globals, true, *limit); }},
          {off, [&globals, limit] { return maintenance(globals, false, *limit); }}};
}

}  // namespace holdfast::ctl
