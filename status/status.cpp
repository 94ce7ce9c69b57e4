// SPDX-License-Identifier: Apache-2.0
#include "status/status.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/core/overloaded.h"
#include "common/worker.h"
#include "status/peers.h"
#include "status/target_text.h"

namespace holdfast {
namespace {

// Keys in the order in which they are written: a person reads it too.
using Json = nlohmann::ordered_json;

std::string_view text_of(TransportProtocol protocol) {
  switch (protocol) {
    case TransportProtocol::kTcp:
      return "tcp";
    case TransportProtocol::kUdp:
      return "udp";
    case TransportProtocol::kSctp:
      return "sctp";
  }
  return "";
}

std::string iso8601(WallTime when) {
  const std::time_t time =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(when));
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  static_cast<void>(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
  return text.data();
}

// The retained messages of one type, by subject.
template <typename T>
std::map<std::string_view, const T*> by_subject(const std::vector<Message>& retained) {
  std::map<std::string_view, const T*> found;
  for (const Message& message : retained) {
    if (const T* one = std::get_if<T>(&message)) found.emplace(subject_of(message), one);
  }
  return found;
}

template <typename T>
const T* find(const std::map<std::string_view, const T*>& messages, std::string_view subject) {
  const auto found = messages.find(subject);
  return found == messages.end() ? nullptr : found->second;
}

class Writer {
 public:
  using Details = std::map<std::string, CheckDetail>;

  explicit Writer(const NodeStatus& node, const Details* details = nullptr)
      : node_(node), retained_(node.retained), details_(details) {}

  Json checks_document() const {
    return {{"api", 1}, {"node", node_.config.node}, {"checks", checks()}};
  }

  Json servers_document() const {
    return {{"api", 1}, {"node", node_.config.node}, {"virtual_servers", services()}};
  }

  Json maintenance() const {
    if (!node_.maintenance) return nullptr;
    const auto time = [](const std::optional<WallTime>& when) {
      return when ? Json(iso8601(*when)) : Json(nullptr);
    };
    return {{"since", time(node_.maintenance->since)}, {"until", time(node_.maintenance->until)}};
  }

  Json document() const {
    return {
        {"api", 1},
        {"version", HOLDFAST_VERSION},
        {"build", kBuildId},
        {"node", node_.config.node},
        {"pid", node_.daemon.pid},
        {"config", config()},
        {"maintenance", maintenance()},
        {"workers", workers()},
        {"vrrp", routers()},
        {"checks", checks()},
        {"rejected_adverts", rejected(find(by_subject<AdvertCounters>(retained_), ""))},
        {"virtual_servers", services()},
    };
  }

 private:
  Json config() const {
    const DaemonState& daemon = node_.daemon;
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

  Json workers() const {
    Json all = Json::array();
    for (const WorkerState& worker : node_.workers) {
      if (!worker.wanted) continue;
      all.push_back({
          {"name", holdfast::to_string(worker.role)},
          {"pid", worker.pid == 0 ? Json() : Json(worker.pid)},
          {"state", holdfast::to_string(worker.phase)},
          {"restarts", worker.restarts},
          {"last_end", worker.last_end.empty() ? Json() : Json(worker.last_end)},
      });
      add_since(all.back(), worker.since);
    }
    return all;
  }

  Json routers() const {
    const auto states = by_subject<RouterState>(retained_);
    const auto counters = by_subject<AdvertCounters>(retained_);
    const auto leases = by_subject<LeaseState>(retained_);
    const auto peers = by_subject<Peers>(retained_);
    const bool stale = !runs(node_, Role::kVrrp);
    Json all = Json::array();
    for (const InstanceConfig& instance : node_.config.instances) {
      const RouterState* state = find(states, instance.name);
      all.push_back(router(instance, state, find(counters, instance.name)));
      all.back()["witness"] = lease(instance, find(leases, instance.name));
      all.back()["peers"] =
          peers_of(instance, find(peers, instance.name), node_.now, node_.config.instances.size());
      all.back()["stale"] = stale;
    }
    return all;
  }

  // Null: it has no witness. What was said of it counts as long as it was said to.
  Json lease(const InstanceConfig& instance, const LeaseState* state) const {
    if (!instance.witness) return nullptr;
    const WitnessState* const witness = find(by_subject<WitnessState>(retained_), "");
    const bool reached = witness != nullptr && node_.now < witness->until;
    const bool releases = *instance.witness == WhenUnreachable::kRelease;
    Json one{{"reached", reached},
             {"held", reached && state != nullptr && state->held},
             {"holder",
              reached && state != nullptr && !state->holder.empty() ? Json(state->holder) : Json()},
             {"when_unreachable", releases ? "release" : "hold"},
             {"trouble", witness == nullptr ? "" : witness->trouble}};
    return one;
  }

  Json router(const InstanceConfig& instance, const RouterState* state,
              const AdvertCounters* counters) const {
    Json addresses = Json::array();
    for (const IpPrefix& prefix : instance.addresses) addresses.push_back(prefix.to_string());
    Json one{
        {"name", instance.name},
        {"interface", instance.interface},
        {"virtual_router_id", instance.vrid.value},
        {"version", static_cast<int>(instance.version)},
        {"state", holdfast::to_string(state == nullptr ? VrrpState::kInitialize : state->state)},
        {"priority", (state == nullptr ? instance.priority : state->priority).value},
        {"configured_priority", instance.priority.value},
    };
    add_since(one, state == nullptr ? std::nullopt : std::optional(state->since));
    one["reason"] = state == nullptr ? "not started yet" : state->reason;
    one["priority_reason"] = state == nullptr ? "" : state->moved_by;
    one["addresses"] = addresses;
    one["authentication"] = authentication(instance);
    one["adverts"] = {
        {"sent", counters == nullptr ? 0 : counters->sent},
        {"received", counters == nullptr ? 0 : counters->received},
        {"unauthenticated", counters == nullptr ? 0 : counters->unauthenticated},
        {"owners", counters == nullptr ? 0 : counters->owners},
        {"rejected", rejected(counters)},
    };
    return one;
  }

  // What kind and which keys, never what they are.
  static Json authentication(const InstanceConfig& instance) {
    if (!instance.password.empty()) return {{"kind", "password"}};
    if (!instance.hmac) return {{"kind", "none"}};
    Json keys = Json::array();
    for (const AuthenticationKey& key : instance.hmac->keys) keys.push_back(key.id);
    return {{"kind", "hmac"}, {"mode", holdfast::to_string(instance.hmac->mode)}, {"keys", keys}};
  }

  Json checks() const {
    const auto states = by_subject<CheckState>(retained_);
    const bool stale = !runs(node_, Role::kCheck);
    Json all = Json::array();
    for (const CheckConfig& check : node_.config.checks) {
      all.push_back(this->check(check, find(states, check.name), stale));
      if (details_ == nullptr) continue;
      const auto detail = details_->find(check.name);
      add_detail(all.back(), detail == details_->end() ? CheckDetail{} : detail->second);
    }
    return all;
  }
  Json services() const {
    Json all = Json::array();
    if (node_.config.virtual_servers.empty()) return all;
    const auto states = by_subject<ServiceState>(retained_);
    const auto servers = by_subject<ServerState>(retained_);
    const auto counters = by_subject<ServerCounters>(retained_);
    const auto orders = by_subject<ServerOrder>(retained_);
    const auto suspicions = by_subject<ServerSuspicion>(retained_);
    const bool stale = !runs(node_, Role::kBalance);
    for (const VirtualServerConfig& service : node_.config.virtual_servers) {
      Json one = this->service(service, find(states, service.name));
      one["stale"] = stale;
      Json list = Json::array();
      for (const RealServerConfig& server : service.real_servers) {
        const std::string name = server_name(service.name, server.endpoint);
        list.push_back(this->server(server, find(servers, name), find(counters, name)));
        list.back()["order"] = order(find(orders, name));
        const ServerSuspicion* const suspicion = find(suspicions, name);
        const bool suspect = suspicion != nullptr && suspicion->suspect;
        list.back()["suspect"] = suspect ? Json(suspicion->reason) : Json();
      }
      one["real_servers"] = std::move(list);
      all.push_back(std::move(one));
    }
    return all;
  }

  Json service(const VirtualServerConfig& service, const ServiceState* state) const {
    const bool marked = !service.addresses.empty() && service.addresses[0].mark != 0;
    Json addresses = Json::array();
    for (const ServiceAddress& address : service.addresses) {
      addresses.push_back(marked ? "mark " + std::to_string(address.mark)
                                 : address.endpoint.to_string());
    }
    Json one{
        {"name", service.name},
        {"addresses", std::move(addresses)},
        {"protocol", marked ? Json() : Json(text_of(service.protocol))},
        {"scheduler", service.scheduler},
        {"quorum", state == nullptr ? Json() : Json(state->quorum)},
        {"weight", state == nullptr ? 0 : state->weight},
        {"healthy", state == nullptr ? 0 : state->healthy},
        {"sorry", state != nullptr && state->sorry},
        {"panic", state != nullptr && state->panic},
    };
    add_since(one, state == nullptr ? std::nullopt : std::optional(state->since));
    one["reason"] = state == nullptr ? "not started yet" : state->reason;
    return one;
  }

  Json server(const RealServerConfig& server, const ServerState* state,
              const ServerCounters* counters) const {
    Json one{
        {"address", server.endpoint.to_string()},
        {"state", state == nullptr ? Json() : Json(holdfast::to_string(state->use))},
        {"healthy", state == nullptr ? Json() : Json(state->healthy)},
        {"weight", state == nullptr ? 0 : state->weight},
        {"configured_weight", server.weight},
        {"checks", server.checks},
    };
    add_since(one, state == nullptr ? std::nullopt : std::optional(state->since));
    one["reason"] = state == nullptr ? "not started yet" : state->reason;
    one["active_connections"] = counters == nullptr ? 0 : counters->active;
    one["inactive_connections"] = counters == nullptr ? 0 : counters->inactive;
    one["connections"] = counters == nullptr ? 0 : counters->connections;
    one["connections_per_second"] = counters == nullptr ? 0 : counters->connection_rate;
    one["bytes_in"] = counters == nullptr ? 0 : counters->bytes_in;
    one["bytes_out"] = counters == nullptr ? 0 : counters->bytes_out;
    return one;
  }

  Json order(const ServerOrder* order) const {
    const bool stands = order != nullptr && order->kind != OrderKind::kNone &&
                        (!order->until || *order->until > node_.now);
    if (!stands) return {};
    const auto until = [&]() -> Json {
      if (!order->until) return {};
      return iso8601(node_.boot + order->until->time_since_epoch());
    };
    const bool weight = order->kind == OrderKind::kWeight;
    return {{"kind", holdfast::to_string(order->kind)},
            {"weight", weight ? Json(order->weight) : Json()},
            {"until", until()}};
  }
  Json check(const CheckConfig& check, const CheckState* state, bool stale) const {
    Json one{
        {"name", check.name},
        {"target", target_text(check.target)},
        {"up", state == nullptr ? Json() : Json(state->up)},
        {"weight", state == nullptr ? Json() : Json(state->weight)},
        {"value", state == nullptr || !state->value ? Json() : Json(*state->value)},
    };
    add_since(one, state == nullptr ? std::nullopt : std::optional(state->since));
    one["reason"] = state == nullptr ? "no result yet" : state->reason;
    one["stale"] = stale;
    return one;
  }

  // What only the check-worker knows, and tells when it is asked.
  void add_detail(Json& one, const CheckDetail& detail) const {
    const auto event = [this](std::optional<Time> at, const std::string& reason) {
      if (!at) return Json();
      return Json{{"seconds_ago", seconds_of(node_.now - *at)}, {"reason", reason}};
    };
    const bool last_is_good =
        detail.good_at && (!detail.bad_at || *detail.good_at > *detail.bad_at);
    Json last = last_is_good ? event(detail.good_at, detail.good_reason)
                             : event(detail.bad_at, detail.bad_reason);
    if (!last.is_null()) last["good"] = last_is_good;
    one["attempts"] = {{"good", detail.good}, {"bad", detail.bad}};
    one["last"] = last;
    one["last_error"] = event(detail.bad_at, detail.bad_reason);
    one["hindered"] = event(detail.hindered_at, detail.hindered_reason);
    one["resolved"] = detail.resolved.empty() ? Json() : Json(detail.resolved);
    one["hastened"] = detail.hastened.empty() ? Json() : Json(detail.hastened);
    one["suspended"] = detail.suspended.empty() ? Json() : Json(detail.suspended);
    one["latency_ms"] = nullptr;
    if (detail.times > 0) {
      one["latency_ms"] = {{"median", static_cast<double>(detail.median) / 1000},
                           {"p99", static_cast<double>(detail.p99) / 1000},
                           {"attempts", detail.times}};
    }
    one["held_seconds"] =
        detail.held_until ? Json(seconds_of(*detail.held_until - node_.now)) : Json();
    one["next_seconds"] = detail.next_at ? Json(seconds_of(*detail.next_at - node_.now)) : Json();
  }

  // Of a worker's word, which is good for no more than it can be: to the millisecond, and not less
  // than nothing.
  static double seconds_of(Duration duration) {
    using std::chrono::milliseconds;
    const auto whole = std::chrono::duration_cast<milliseconds>(std::max(duration, Duration{0}));
    return static_cast<double>(whole.count()) / 1000;
  }

  static Json rejected(const AdvertCounters* counters) {
    Json all = Json::object();
    for (std::size_t i = 0; i < kRejections; ++i) {
      const auto reason = std::string(holdfast::to_string(static_cast<Rejection>(i)));
      all[reason] = counters == nullptr ? 0 : counters->rejected.at(i);
    }
    return all;
  }

  void add_since(Json& json, std::optional<Time> since) const {
    if (!since) {
      json["since"] = nullptr;
      json["since_seconds"] = nullptr;
      return;
    }
    const Time then = std::clamp(*since, Time{}, node_.now);
    json["since"] = iso8601(node_.boot + then.time_since_epoch());
    json["since_seconds"] = seconds_of(node_.now - then);
  }

  const NodeStatus& node_;
  const std::vector<Message>& retained_;
  const Details* details_;  // of the checks; none: they were not asked for
};

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

// Texts of workers may hold any bytes; JSON has characters.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

WallTime wall_time(RealTime when) {
  return WallTime{std::chrono::duration_cast<WallTime::duration>(when.time_since_epoch())};
}

bool runs(const NodeStatus& node, Role role) {
  return std::any_of(node.workers.begin(), node.workers.end(), [role](const WorkerState& worker) {
    return worker.role == role &&
           (worker.phase == WorkerPhase::kRunning || worker.phase == WorkerPhase::kStopping);
  });
}

std::string status_document(const NodeStatus& node) {
  return text_of(Writer(node).document());
}

std::string checks_document(const NodeStatus& node) {
  return text_of(Writer(node).checks_document());
}

std::string checks_document(const NodeStatus& node,
                            const std::map<std::string, CheckDetail>& details) {
  return text_of(Writer(node, &details).checks_document());
}

std::string servers_document(const NodeStatus& node) {
  return text_of(Writer(node).servers_document());
}

std::string run_document(const std::string& check, ScriptVerdict verdict, const std::string& reason,
                         const std::vector<std::string>& lines) {
  return text_of({{"api", 1},
                  {"check", check},
                  {"result", to_string(verdict)},
                  {"reason", reason},
                  {"conversation", lines}});
}

std::string receivers_document(const AlertsConfig& alerts) {
  Json receivers = Json::array();
  for (const ReceiverConfig& one : alerts.receivers) {
    const char* const kind = std::visit(Overloaded{
                                            [](const EmailReceiver&) { return "email"; },
                                            [](const WebhookReceiver&) { return "webhook"; },
                                            [](const SyslogReceiver&) { return "syslog"; },
                                            [](const ScriptReceiver&) { return "script"; },
                                        },
                                        one.by);
    receivers.push_back({{"name", one.name}, {"kind", kind}});
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
