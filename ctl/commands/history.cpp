// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/history_report.h"

namespace holdfast::ctl {
namespace {

struct Options {
  HistoryFilter filter{{}, 50};
  bool json = false;
};

int history(const Globals& globals, const Options& options) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "history");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(options.json ? history_json(*answer, options.filter)
                           : history_report(*answer, options.filter, wants_colours()));
}

}  // namespace

std::vector<Verb> add_history(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = program.add_subcommand(
      "history", "what has happened on this node, with reasons, also before the last restart");
  verb->add_option("NAME", options->filter.names,
                   "only of this instance, check, virtual server or worker, or shell pattern");
  verb->add_option("--last", options->filter.last, "so many of the newest; 0: all")
      ->capture_default_str();
  verb->add_flag("--json", options->json, "for programs");
  return {{verb, [&globals, options] { return history(globals, *options); }}};
}

}  // namespace holdfast::ctl
