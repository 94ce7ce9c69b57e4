// SPDX-License-Identifier: Apache-2.0
#include "ctl/schema.h"

#include "ctl/command.h"
#include "ctl/console.h"

namespace holdfast::ctl {

std::vector<Verb> add_schema(CLI::App& program, const Globals& /*globals*/) {
  CLI::App* const verb = program.add_subcommand(
      "schema", "the JSON Schema of the configuration, by which editors complete and check it");
  return {{verb, [] { return print(configuration_schema()); }}};
}

}  // namespace holdfast::ctl
