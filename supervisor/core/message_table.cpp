// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/message_table.h"

#include <algorithm>
#include <string>

#include "common/core/number.h"

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
    case Stage::kForeign:
      return "of another build";
  }
  return "";
}

// A number below `count`, in its one way of being written.
bool is_place(std::string_view name, std::uint32_t count) {
  const auto number = whole_number<std::uint32_t>(name);
  return number && *number < count && name == std::to_string(*number);
}

}  // namespace

const Rule* rule_of(std::size_t type) {
  const auto* rule = std::find_if(kMessageTable.begin(), kMessageTable.end(),
                                  [type](const Rule& one) { return one.type == type; });
  return rule == kMessageTable.end() ? nullptr : rule;
}

const Rule* rule_of(const Message& message) {
  return rule_of(message.index());
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

Subjects::Subjects(const Config& config) {
  for (const InstanceConfig& one : config.instances) {
    routers_.insert(one.name);
    if (one.witness) leased_.insert(one.name);
  }
  for (const CheckConfig& one : config.checks) {
    checks_.insert(one.name);
    if (std::holds_alternative<ScriptCheck>(one.target)) scripts_.insert(one.name);
    if (is_watched(one.target)) watched_.insert(one.name);
    if (one.connect.mark == 0) continue;
    const bool ipv6 = endpoint_of(one.target).value().address.family() == Family::kIpv6;
    marked_.emplace(one.name, MarkedSocket{0, false, ipv6, one.connect.mark, ""});
  }
  for (const ReceiverConfig& one : config.alerts.receivers) {
    receivers_.insert(one.name);
    if (std::holds_alternative<ScriptReceiver>(one.by)) alert_scripts_.insert(one.name);
  }
  if (!config.alerts.receivers.empty()) alerts_ = config.alerts.queue;
  for (const VirtualServerConfig& one : config.virtual_servers) {
    services_.insert(one.name);
    for (const RealServerConfig& server : one.real_servers) {
      servers_.insert(server_name(one.name, server.endpoint));
    }
  }
}

bool Subjects::has(Subject subject, std::string_view name) const {
  switch (subject) {
    case Subject::kNone:
      return true;
    case Subject::kRouter:
      return routers_.contains(name);
    case Subject::kRouterOrNone:
      return name.empty() || routers_.contains(name);
    case Subject::kCheck:
      return checks_.contains(name);
    case Subject::kScript:
      return scripts_.contains(name);
    case Subject::kWatched:
      return watched_.contains(name);
    case Subject::kMarked:
      return marked_.contains(name);
    case Subject::kService:
      return services_.contains(name);
    case Subject::kServer:
      return servers_.contains(name);
    case Subject::kAlertPlace:
      return is_place(name, alerts_);
    case Subject::kAlertScript:
      return alert_scripts_.contains(name);
    case Subject::kReceiver:
      return receivers_.contains(name);
    case Subject::kLeased:
      return leased_.contains(name);
    case Subject::kWitness:
      return !leased_.empty();
    case Subject::kChecks:
      return !checks_.empty();
  }
  return false;
}

std::optional<MarkedSocket> Subjects::socket_of(const AskSocket& asked) const {
  const auto found = marked_.find(asked.check);
  if (found == marked_.end()) return std::nullopt;
  MarkedSocket socket = found->second;
  socket.ticket = asked.ticket;
  socket.stream = asked.stream;
  return socket;
}

}  // namespace holdfast::supervisor
