// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include "config/scalars.h"
#include "ctl/check.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"
#include "ctl/order.h"
#include "ctl/plan.h"

namespace holdfast::ctl {
namespace {

Result<RunningConfiguration> ask_running(const Globals& globals) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "configuration");
  if (!answer) return tl::unexpected(answer.error());
  return running_configuration(*answer);
}

int show_plan(const Globals& globals, const std::string& file, bool json) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, "configuration");
  if (!answer) return failed(kNotReachable, answer.error().message);
  const Result<RunningConfiguration> running = running_configuration(*answer);
  if (!running) return failed(kFailed, running.error().message);
  const CheckReport next = render_file({file, running->node});
  if (!next.good) {
    print(next.text);
    return kFailed;
  }
  const std::vector<PlannedChange> changes = plan(running->text, next.text, running->node);
  return print(json ? plan_json(running->node, changes) : plan_text(changes));
}

// Orders a reload, and tells a person what it changed.
int reload_and_tell(const Globals& globals, const std::string& request, bool json) {
  if (json) return order(globals, request, json);
  const Result<RunningConfiguration> former = ask_running(globals);
  if (const int status = order(globals, request, json); status != kOk) return status;
  const Result<RunningConfiguration> now = ask_running(globals);
  if (!former || !now) return print("In force.\n");  // ordered, and that is what was asked
  return print("In force. " + plan_text(plan(former->text, now->text, now->node)));
}

int reload(const Globals& globals, const std::string& confirm, bool json) {
  if (confirm.empty()) return reload_and_tell(globals, "reload", json);
  using std::chrono::seconds;
  const auto time = parse_duration(confirm);
  if (!time || *time < seconds{1} || *time > std::chrono::hours{24}) {
    return failed(kUsage, "--confirm expects a time from 1s to 24h, such as 60s or 5m");
  }
  const auto whole = std::chrono::duration_cast<seconds>(*time).count();
  const int status = reload_and_tell(globals, "reload confirm " + std::to_string(whole), json);
  if (status != kOk || json) return status;
  return print("The former configuration comes back in " + duration_text(seconds{whole}) +
               ", unless you say before: holdfastctl confirm\n");
}

}  // namespace

std::vector<Verb> add_reload(CLI::App& program, const Globals& globals) {
  const auto time = std::make_shared<std::string>();
  CLI::App* const reloads = program.add_subcommand(
      "reload", "holdfastd reads its file again; what is wrong with it is said here");
  reloads->add_option("--confirm", *time,
                      "go back to the former configuration after this time, such as 60s, unless "
                      "`holdfastctl confirm` comes before");
  CLI::App* const confirms =
      program.add_subcommand("confirm", "the configuration of `reload --confirm` is to stay");
  const auto file = std::make_shared<std::string>();
  CLI::App* const plans = program.add_subcommand(
      "plan", "what a reload of this file would change on the running holdfastd, and interrupt");
  plans->add_option("FILE", *file)->default_val("/etc/holdfast/holdfast.yaml");
  return {
      order_verb(plans, [&globals, file](bool json) { return show_plan(globals, *file, json); }),
      order_verb(reloads, [&globals, time](bool json) { return reload(globals, *time, json); }),
      order_verb(confirms, [&globals](bool json) {
        return order(globals, "confirm", json, "The configuration stays.");
      })};
}

}  // namespace holdfast::ctl
