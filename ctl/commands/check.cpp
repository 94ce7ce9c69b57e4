// SPDX-License-Identifier: Apache-2.0
#include "ctl/check.h"

#include <memory>

#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

int show(const CheckReport& report) {
  const int printed = print(report.text);
  return report.good ? printed : kFailed;
}

}  // namespace

std::vector<Verb> add_check(CLI::App& program, const Globals& /*globals*/) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* const check = program.add_subcommand(
      "check", "is this file a valid configuration? A line FILE:LINE:COLUMN: message a fault");
  check->add_option("FILE", options->file)->default_val("/etc/holdfast/holdfast.yaml");
  check->add_flag("--strict", options->strict, "a warning is a failure, too");
  const auto json = std::make_shared<bool>(false);
  check->add_flag("--json", *json, "for programs");
  CLI::App* const render = program.add_subcommand(
      "render", "the configuration of one node: includes, variables and nodes resolved");
  render->add_option("FILE", options->file)->default_val("/etc/holdfast/holdfast.yaml");
  for (CLI::App* const one : {check, render}) {
    one->add_option("--node", options->node, "of which node in the file; default: the host name");
  }
  return {{check,
           [options, json] { return show(*json ? check_json(*options) : check_file(*options)); }},
          {render, [options] { return show(render_file(*options)); }}};
}

}  // namespace holdfast::ctl
