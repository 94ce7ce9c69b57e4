// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/news.h"

#include <string_view>
#include <utility>
#include <variant>

#include "common/core/overloaded.h"

namespace holdfast::alert {
namespace {

using Alerts = std::vector<Alert>;

std::string because(const std::string& reason) {
  return reason.empty() ? "" : ": " + reason;
}

template <typename T>
const T* as(const Message* message) {
  return message == nullptr ? nullptr : std::get_if<T>(message);
}

Alert make(std::string_view event, const std::string& name, bool resolved, std::string text,
           RealTime at) {
  return {std::string(event), name, resolved, bounded(std::move(text)), at};
}

// `before`: what was known; null: nothing.
Alerts news_of(const RouterState& now, const Message* before, RealTime at) {
  const auto* const known = as<RouterState>(before);
  const VrrpState from = known == nullptr ? VrrpState::kInitialize : known->state;
  const std::string& name = now.router;
  Alerts alerts;
  const std::string was = ", was " + std::string(to_string(from));
  if (from == VrrpState::kFault && now.state != VrrpState::kFault) {
    alerts.push_back(make("fault", name, true,
                          "instance " + name + " has what it needs again, and is " +
                              std::string(to_string(now.state)) + because(now.reason),
                          at));
  }
  if (now.state == VrrpState::kActive && from != VrrpState::kActive) {
    alerts.push_back(make("master", name, false,
                          "instance " + name + " is MASTER here with priority " +
                              std::to_string(now.priority.value) + was + because(now.reason),
                          at));
  }
  if (now.state == VrrpState::kBackup && from == VrrpState::kActive) {
    alerts.push_back(make(
        "backup", name, false,
        "instance " + name + " is BACKUP here and no longer MASTER" + because(now.reason), at));
  }
  if (now.state == VrrpState::kFault && from != VrrpState::kFault) {
    alerts.push_back(make("fault", name, false,
                          "instance " + name + " is in FAULT" + was + because(now.reason), at));
  }
  if (known != nullptr && now.state == VrrpState::kActive && now.conflicts > known->conflicts) {
    alerts.push_back(
        make("conflict", name, false,
             "instance " + name + ": another called itself MASTER, and gave way to this node", at));
  }
  return alerts;
}

Alerts news_of(const CheckState& now, const Message* before, RealTime at) {
  const auto* const known = as<CheckState>(before);
  if ((known == nullptr || known->up) == now.up) return {};
  return {make("check_down", now.check, now.up,
               "check " + now.check + (now.up ? " is up again" : " is down") + because(now.reason),
               at)};
}

// Before its first quorum a virtual server is not down, but not up yet.
Alerts news_of(const ServiceState& now, const Message* before, RealTime at) {
  const auto* const known = as<ServiceState>(before);
  if (known == nullptr || known->quorum == now.quorum) return {};
  return {make("service_down", now.service, now.quorum,
               "virtual server " + now.service +
                   (now.quorum ? " has its quorum again" : " has lost its quorum") +
                   because(now.reason),
               at)};
}

Alerts news_of(const ServerState& now, const Message* before, RealTime at) {
  const auto* const known = as<ServerState>(before);
  const bool healthy = known == nullptr || known->healthy || !known->seen_up;
  if (healthy == (now.healthy || !now.seen_up)) return {};
  return {make("server_down", now.server, now.healthy,
               "server " + now.server + (now.healthy ? " is healthy again" : " is not healthy") +
                   because(now.reason),
               at)};
}

Alerts news_of(const WorkerState& now, const Message* before, RealTime at) {
  const auto* const known = as<WorkerState>(before);
  if (known == nullptr || now.restarts <= known->restarts) return {};
  const std::string name(to_string(now.role));
  return {make("worker_restarted", name, false,
               "the " + name + " was started again: its last life " +
                   (now.last_end.empty() ? "ended" : now.last_end),
               at)};
}

Alerts news_of(const CheckLoad& now, const Message* before, RealTime at) {
  const auto* const known = as<CheckLoad>(before);
  if ((known != nullptr && known->late) == now.late) return {};
  return {make("checks_late", "check-worker", !now.late, in_words(now) + (now.late ? "" : " again"),
               at)};
}

Alerts news_of(const DaemonState& now, const Message* before, RealTime at) {
  const auto* const known = as<DaemonState>(before);
  if (known == nullptr || known->failed_at == now.failed_at) return {};
  return {make("reload_failed", "configuration", !now.failed_at.has_value(),
               now.failed_at ? "a new configuration was refused" + because(now.failure)
                             : "the configuration is in force as its file has it",
               at)};
}

std::optional<Time> since_of(const Message& message) {
  return std::visit(
      [](const auto& body) -> std::optional<Time> {
        if constexpr (requires { body.since; }) return body.since;
        return std::nullopt;
      },
      message);
}

Alerts alerts_of(const Message& message, const Message* before, RealTime at) {
  return std::visit(
      [&](const auto& body) -> Alerts {
        if constexpr (requires { news_of(body, before, at); }) return news_of(body, before, at);
        return {};
      },
      message);
}

// What it was before a change that nobody saw.
std::optional<Message> opposite_of(const Message& message) {
  return std::visit(Overloaded{
                        [](CheckState one) -> std::optional<Message> {
                          one.up = !one.up;
                          return one;
                        },
                        [](ServiceState one) -> std::optional<Message> {
                          one.quorum = !one.quorum;
                          return one;
                        },
                        [](CheckLoad one) -> std::optional<Message> {
                          one.late = !one.late;
                          return one;
                        },
                        [](const auto&) -> std::optional<Message> { return std::nullopt; },
                    },
                    message);
}

bool is_watched(const Message& message) {
  return std::holds_alternative<RouterState>(message) ||
         std::holds_alternative<CheckState>(message) ||
         std::holds_alternative<ServiceState>(message) ||
         std::holds_alternative<ServerState>(message) ||
         std::holds_alternative<WorkerState>(message) ||
         std::holds_alternative<CheckLoad>(message) || std::holds_alternative<DaemonState>(message);
}

// A worker is no subject of the configuration.
std::string key_of(const Message& message) {
  const auto* const worker = std::get_if<WorkerState>(&message);
  return std::string(worker == nullptr ? subject_of(message) : to_string(worker->role));
}

}  // namespace

std::vector<Alert> News::begin(std::optional<Time> last_alive, RealTime at) {
  begun_ = true;
  Alerts alerts;
  if (!last_alive) return alerts;
  for (const auto& [key, message] : known_) {
    const std::optional<Time> since = since_of(message);
    if (!since || *since <= *last_alive) continue;
    const std::optional<Message> before = opposite_of(message);
    for (Alert& alert : alerts_of(message, before ? &*before : nullptr, at)) {
      alerts.push_back(std::move(alert));
    }
  }
  return alerts;
}

std::vector<Alert> News::heard(const Message& message, RealTime at) {
  if (!is_watched(message)) return {};
  const auto [place, fresh] = known_.try_emplace(Key{message.index(), key_of(message)}, message);
  const std::optional<Message> before =
      fresh ? std::nullopt : std::optional(std::exchange(place->second, message));
  if (!begun_) return {};
  return alerts_of(message, before ? &*before : nullptr, at);
}

}  // namespace holdfast::alert
