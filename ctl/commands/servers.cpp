// SPDX-License-Identifier: Apache-2.0
#include "ctl/servers_report.h"

#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::vector<std::string> names;  // of virtual servers; none: all
  bool json = false;
};

int servers(const Globals& globals, const Options& options) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "status");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(options.json ? servers_json(*answer, options.names)
                           : servers_report(*answer, options.names, wants_colours()));
}

}  // namespace

std::vector<Verb> add_servers(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "servers", "every server of every virtual server: weight, connections, health, and why");
  const auto options = std::make_shared<Options>();
  verb->add_option("NAME", options->names,
                   "only those virtual servers of this name, or shell pattern");
  verb->add_flag("--json", options->json, "for programs");
  return {{verb, [&globals, options] { return servers(globals, *options); }}};
}

}  // namespace holdfast::ctl
