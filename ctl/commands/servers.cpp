// SPDX-License-Identifier: Apache-2.0
#include "ctl/servers_report.h"

#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

int servers(const Globals& globals, bool json) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "status");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(json ? servers_json(*answer) : servers_report(*answer, wants_colours()));
}

}  // namespace

std::vector<Verb> add_servers(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "servers", "every server of every virtual server: weight, connections, health, and why");
  const auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "for programs");
  return {{verb, [&globals, json] { return servers(globals, *json); }}};
}

}  // namespace holdfast::ctl
