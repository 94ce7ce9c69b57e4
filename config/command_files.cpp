// SPDX-License-Identifier: Apache-2.0
#include "config/command_files.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/program_file.h"
#include "common/unix_user.h"
#include "config/faults.h"

namespace holdfast {
namespace {

std::optional<std::string> fault_of(const Command& command) {
  const Result<UnixUser> user = look_up_user(command.user);
  if (!user) return user.error().message;
  const Result<void> trusted = trusted_program(command.words.front(), *user);
  if (!trusted) return "refused to run " + command.words.front() + ": " + trusted.error().message;
  return std::nullopt;
}

}  // namespace

std::vector<Diagnostic> command_faults(const std::vector<InFile<PlacedCommand>>& commands,
                                       std::string_view file) {
  // One script may stand at every instance.
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> known;
  Faults faults(file);
  for (const InFile<PlacedCommand>& placed : commands) {
    const Command& command = placed.command;
    const auto [entry, fresh] = known.try_emplace({command.words.front(), command.user});
    if (fresh) entry->second = fault_of(command);
    if (entry->second) faults.add(placed, *entry->second);
    if (faults.full()) break;
  }
  return faults.take();
}

}  // namespace holdfast
