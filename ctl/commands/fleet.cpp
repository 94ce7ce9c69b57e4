// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet.h"

#include <memory>

#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {
namespace {

int check(const FleetOptions& options) {
  const FleetReport report = check_fleet(options);
  const int printed = print(report.text);
  return report.good ? printed : kFailed;
}

}  // namespace

std::vector<Verb> add_fleet(CLI::App& program, const Globals& /*globals*/) {
  const auto options = std::make_shared<FleetOptions>();
  CLI::App* const fleet = program.add_subcommand("fleet", "all nodes of a file together");
  fleet->require_subcommand(1);
  CLI::App* const verb = fleet->add_subcommand("check",
                                               "is each node's configuration valid, do the nodes "
                                               "agree with one another, and what would each "
                                               "failure do?");
  verb->add_option("FILE", options->file)->default_val("/etc/holdfast/holdfast.yaml");
  verb->add_flag("--strict", options->strict, "a warning is a failure, too");
  verb->add_flag("--json", options->json, "for programs");
  return {{verb, [options] {
             options->colours = wants_colours();
             return check(*options);
           }}};
}

}  // namespace holdfast::ctl
