// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/examined_file.h"

namespace holdfast::ctl {
namespace {

int check(const std::string& file) {
  const Result<Loaded> read = examined(file);
  if (!read) return failed(kFailed, read.error().message);
  const Loaded& loaded = *read;
  std::string lines;
  for (const Diagnostic& fault : loaded.diagnostics) lines += fault.to_string() + "\n";
  if (!loaded.ok()) {
    print(lines);
    return kFailed;
  }
  return print(file + ": valid, " + std::to_string(loaded.config.instances.size()) +
               " virtual routers, " + std::to_string(loaded.config.checks.size()) + " checks, " +
               std::to_string(loaded.config.virtual_servers.size()) + " virtual servers\n");
}

}  // namespace

std::vector<Verb> add_check(CLI::App& program, const Globals& /*globals*/) {
  const auto file = std::make_shared<std::string>();
  CLI::App* const verb = program.add_subcommand(
      "check", "is this file a valid configuration? A line FILE:LINE:COLUMN: message a fault");
  verb->add_option("FILE", *file)->required();
  return {{verb, [file] { return check(*file); }}};
}

}  // namespace holdfast::ctl
