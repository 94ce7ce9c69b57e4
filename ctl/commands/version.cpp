// SPDX-License-Identifier: Apache-2.0
#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {

std::vector<Verb> add_version(CLI::App& program, const Globals& /*globals*/) {
  CLI::App* const verb = program.add_subcommand("version", "of this program");
  return {{verb, [] { return print("holdfastctl " HOLDFAST_VERSION "\n"); }}};
}

}  // namespace holdfast::ctl
