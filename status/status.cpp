// SPDX-License-Identifier: Apache-2.0
#include "status/status.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/core/overloaded.h"
#include "common/worker.h"
#include "status/json.h"

namespace holdfast {
namespace {

Json maintenance_of(const NodeStatus& node) {
  if (!node.maintenance) return nullptr;
  const auto time = [](const std::optional<WallTime>& when) {
    return when ? Json(iso8601(*when)) : Json(nullptr);
  };
  return {{"since", time(node.maintenance->since)}, {"until", time(node.maintenance->until)}};
}

Json config_of(const DaemonState& daemon) {
  Json last_error;
  if (daemon.failed_at) {
    last_error = {{"at", iso8601(wall_time(*daemon.failed_at))}, {"message", daemon.failure}};
  }
  return {
      {"file", daemon.config_file}, {"generation", daemon.generation.value},
      {"sha256", daemon.sha256},    {"loaded_at", iso8601(wall_time(daemon.loaded_at))},
      {"last_error", last_error},
  };
}

Json workers_of(const NodeStatus& node) {
  Json all = Json::array();
  for (const WorkerState& worker : node.workers) {
    if (!worker.wanted) continue;
    all.push_back({
        {"name", to_string(worker.role)},
        {"pid", worker.pid == 0 ? Json() : Json(worker.pid)},
        {"state", to_string(worker.phase)},
        {"restarts", worker.restarts},
        {"last_end", worker.last_end.empty() ? Json() : Json(worker.last_end)},
    });
    add_since(all.back(), node, worker.since);
  }
  return all;
}

// A document of one part alone.
std::string document_of(const NodeStatus& node, const char* part, Json what) {
  return text_of({{"api", 1}, {"node", node.config.node}, {part, std::move(what)}});
}

std::string_view to_string(ScriptVerdict verdict) {
  switch (verdict) {
    case ScriptVerdict::kGood:
      return "good";
    case ScriptVerdict::kBad:
      return "bad";
    case ScriptVerdict::kNotMade:
      return "not made";
  }
  return "";
}

const char* kind_of(const ReceiverConfig& receiver) {
  return std::visit(Overloaded{
                        [](const EmailReceiver&) { return "email"; },
                        [](const WebhookReceiver&) { return "webhook"; },
                        [](const SyslogReceiver&) { return "syslog"; },
                        [](const ScriptReceiver&) { return "script"; },
                    },
                    receiver.by);
}

Json receivers_of(const NodeStatus& node) {
  Json all = Json::array();
  if (node.config.alerts.receivers.empty()) return all;
  const auto states = by_subject<ReceiverState>(node.retained);
  for (const ReceiverConfig& one : node.config.alerts.receivers) {
    const ReceiverState* const known = find(states, one.name);
    const ReceiverState state = known == nullptr ? ReceiverState{} : *known;
    Json last_error;
    if (state.failed_at) {
      last_error = {{"seconds_ago", seconds_of(node.now - *state.failed_at)},
                    {"reason", state.reason}};
    }
    all.push_back({{"name", one.name},
                   {"kind", kind_of(one)},
                   {"delivered", state.delivered},
                   {"failed", state.failed},
                   {"failures_in_a_row", state.failures},
                   {"last_error", last_error}});
  }
  return all;
}

}  // namespace

WallTime wall_time(RealTime when) {
  // Nanoseconds end in the year 2262; a message may say any time. Whole days, so that who rounds
  // it down to a second or a day stays within them.
  constexpr auto kMost = std::chrono::floor<std::chrono::days>(WallTime::duration::max());
  return WallTime{std::clamp<Duration>(when.time_since_epoch(), -kMost, kMost)};
}

bool runs(const NodeStatus& node, Role role) {
  return std::any_of(node.workers.begin(), node.workers.end(), [role](const WorkerState& worker) {
    return worker.role == role &&
           (worker.phase == WorkerPhase::kRunning || worker.phase == WorkerPhase::kStopping);
  });
}

std::string status_document(const NodeStatus& node) {
  return text_of({
      {"api", 1},
      {"version", HOLDFAST_VERSION},
      {"build", kBuildId},
      {"node", node.config.node},
      {"pid", node.daemon.pid},
      {"config", config_of(node.daemon)},
      {"maintenance", maintenance_of(node)},
      {"workers", workers_of(node)},
      {"vrrp", routers_of(node)},
      {"checks", checks_of(node, nullptr)},
      {"checks_late", checks_late(node)},
      {"rejected_adverts", rejected(find(by_subject<AdvertCounters>(node.retained), ""))},
      {"virtual_servers", services_of(node)},
      {"receivers", receivers_of(node)},
  });
}

std::string checks_document(const NodeStatus& node) {
  return document_of(node, "checks", checks_of(node, nullptr));
}

std::string checks_document(const NodeStatus& node,
                            const std::map<std::string, CheckDetail>& details) {
  return document_of(node, "checks", checks_of(node, &details));
}

std::string servers_document(const NodeStatus& node) {
  return document_of(node, "virtual_servers", services_of(node));
}

std::string run_document(const std::string& check, ScriptVerdict verdict, const std::string& reason,
                         const std::vector<std::string>& lines) {
  return text_of({{"api", 1},
                  {"check", check},
                  {"result", to_string(verdict)},
                  {"reason", reason},
                  {"conversation", lines}});
}

std::string test_document(const std::string& receiver, ScriptVerdict verdict,
                          const std::string& reason) {
  return text_of(
      {{"api", 1}, {"receiver", receiver}, {"result", to_string(verdict)}, {"reason", reason}});
}

std::string receivers_document(const AlertsConfig& alerts) {
  Json receivers = Json::array();
  for (const ReceiverConfig& one : alerts.receivers) {
    receivers.push_back({{"name", one.name}, {"kind", kind_of(one)}});
  }
  return text_of({{"api", 1}, {"receivers", std::move(receivers)}});
}

std::string health_document(const std::string& node, const std::vector<std::string>& problems) {
  return text_of({{"api", 1}, {"node", node}, {"ok", problems.empty()}, {"problems", problems}});
}

std::string done_document() {
  return text_of({{"done", true}});
}

std::string configuration_document(const std::string& file, const std::string& node,
                                   const std::string& text) {
  return text_of({{"configuration", {{"file", file}, {"node", node}, {"text", text}}}});
}

std::string error_document(const std::string& why) {
  return text_of({{"error", why}});
}

std::string error_document(const std::string& why, const std::vector<std::string>& details) {
  return text_of({{"error", why}, {"details", details}});
}

}  // namespace holdfast
