// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/process_count.h"

#include <algorithm>

namespace holdfast::supervisor {

ProcessLook parse_stat(std::string_view stat) {
  ProcessLook look;
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return look;
  look.name = stat.substr(open + 1, close - open - 1);
  const std::string_view state = stat.substr(std::min(close + 2, stat.size()), 1);
  look.running = !state.empty() && state != "Z" && state != "X" && state != "x";
  return look;
}

std::vector<std::string> parse_command_line(std::string_view cmdline) {
  std::vector<std::string> words;
  while (!cmdline.empty()) {
    const std::size_t end = std::min(cmdline.find('\0'), cmdline.size());
    words.emplace_back(cmdline.substr(0, end));
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
  }
  return words;
}

bool counts(const ProcessCheck& check, const ProcessLook& process) {
  if (!process.running) return false;
  if (!check.name.empty()) return check.name == process.name;
  const auto& wanted = check.command;
  return process.command.size() >= wanted.size() &&
         std::equal(wanted.begin(), wanted.end(), process.command.begin());
}

Observation observation_of(const std::string& name, const ProcessCheck& check, std::size_t count) {
  std::string reason = std::to_string(count) + " running";
  const bool few = count < check.min;
  const bool many = count > check.max;
  if (few) reason += ", expected at least " + std::to_string(check.min);
  if (many) reason += ", expected at most " + std::to_string(check.max);
  return {name, !few && !many, {}, reason};
}

}  // namespace holdfast::supervisor
