// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "config/sealed.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"
#include "ctl/present.h"
#include "ctl/text.h"
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

int explain(const Globals& globals, const Options& options) {
  const Result<std::string> status = ask_daemon(globals.runtime_dir, "status");
  if (!status) return failed(kNotReachable, status.error().message);
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "configuration");
  if (!answer) return failed(kNotReachable, answer.error().message);
  const Result<RunningConfiguration> running = running_configuration(*answer);
  if (!running) return failed(kFailed, running.error().message);
  const Loaded loaded = load_config(running->text, running->file, running->node);
  if (!loaded.ok()) return failed(kFailed, loaded.diagnostics.front().to_string());
  // The file may have gone, or changed since it was read: then the others are as it says now.
  const Result<std::string> document = read_document(running->file);
  const std::vector<Fellow> fellows =
      document ? fellows_in(*document, running->file, running->node) : std::vector<Fellow>{};
  const Result<Present> present = present_of(*status, loaded.config, fellows, local_surface());
  if (!present) return failed(kFailed, present.error().message);
  const std::vector<Explained> all = ctl::explain(*present, options.instance);
  if (all.empty() && !options.instance.empty()) {
    std::vector<std::string> names;
    for (const InstanceConfig& one : loaded.config.instances) names.push_back(one.name);
    return failed(kFailed, no_instance(options.instance, names));
  }
  return print(options.json ? explain_json(running->node, all)
                            : explain_text(all, wants_colours()));
}

}  // namespace

std::vector<Verb> add_why(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = program.add_subcommand(
      "why", "why an instance is MASTER, BACKUP or in FAULT: the chain of causes in sentences");
  verb->add_option("INSTANCE", options->instance, "the name of the instance")->required();
  verb->add_flag("--json", options->json, "for programs");
  const auto next = std::make_shared<Options>();
  CLI::App* const explains = program.add_subcommand(
      "explain", "what would happen now if this node, a link or a check failed");
  explains->add_option("INSTANCE", next->instance, "the name of the instance; default: all");
  explains->add_flag("--json", next->json, "for programs");
  return {{verb, [&globals, options] { return why(globals, *options); }},
          {explains, [&globals, next] { return explain(globals, *next); }}};
}

}  // namespace holdfast::ctl
