// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/message_table.h"

#include <algorithm>
#include <string>

namespace holdfast::supervisor {
namespace {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kDown:
      return "down";
    case Stage::kSpawned:
      return "not greeted yet";
    case Stage::kGreeted:
      return "starting";
    case Stage::kRunning:
      return "running";
    case Stage::kStopping:
      return "stopping";
  }
  return "";
}

bool has_name(const auto& configured, std::string_view name) {
  return std::any_of(configured.begin(), configured.end(),
                     [name](const auto& one) { return one.name == name; });
}

bool has_check(const Config& config, std::string_view name, bool (*of_kind)(const CheckTarget&)) {
  return std::any_of(config.checks.begin(), config.checks.end(), [&](const CheckConfig& one) {
    return one.name == name && of_kind(one.target);
  });
}

}  // namespace

const Rule* rule_of(const Message& message) {
  const auto* rule = std::find_if(kMessageTable.begin(), kMessageTable.end(),
                                  [&](const Rule& one) { return one.type == message.index(); });
  return rule == kMessageTable.end() ? nullptr : rule;
}

Result<Rule> admit(Role from, Stage stage, const Message& message, bool descriptor) {
  const std::string what(name_of(message));
  const Rule* rule = rule_of(message);
  if (rule == nullptr || !rule->from.contains(from)) {
    return fail(what + ", which is not for a " + std::string(to_string(from)) + " to say");
  }
  if (!rule->in.contains(stage)) return fail(what + " while " + std::string(to_string(stage)));
  if (descriptor) return fail(what + " with a descriptor");
  if (const auto* state = std::get_if<CheckState>(&message); state && state->weight > 100) {
    return fail(what + " with a weight of " + std::to_string(state->weight) + " percent");
  }
  return *rule;
}

bool speaks_of(const Config& config, Subject subject, std::string_view name) {
  switch (subject) {
    case Subject::kNone:
      return true;
    case Subject::kRouter:
      return has_name(config.instances, name);
    case Subject::kRouterOrNone:
      return name.empty() || has_name(config.instances, name);
    case Subject::kCheck:
      return has_name(config.checks, name);
    case Subject::kScript:
      return has_check(config, name, [](const CheckTarget& target) {
        return std::holds_alternative<ScriptCheck>(target);
      });
    case Subject::kWatched:
      return has_check(config, name, is_watched);
  }
  return false;
}

}  // namespace holdfast::supervisor
