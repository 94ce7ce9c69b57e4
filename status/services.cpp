// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <utility>

#include "status/json.h"

// The virtual servers of a node, and who serves.
namespace holdfast {
namespace {

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

Json json_of(const NodeStatus& node, const VirtualServerConfig& service,
             const ServiceState* state) {
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
  add_since(one, node, state == nullptr ? std::nullopt : std::optional(state->since));
  one["reason"] = state == nullptr ? "not started yet" : state->reason;
  return one;
}

Json json_of(const NodeStatus& node, const RealServerConfig& server, const ServerState* state,
             const ServerCounters* counters) {
  Json one{
      {"address", server.endpoint.to_string()},
      {"state", state == nullptr ? Json() : Json(holdfast::to_string(state->use))},
      {"healthy", state == nullptr ? Json() : Json(state->healthy)},
      {"weight", state == nullptr ? 0 : state->weight},
      {"configured_weight", server.weight},
      {"checks", server.checks},
  };
  add_since(one, node, state == nullptr ? std::nullopt : std::optional(state->since));
  one["reason"] = state == nullptr ? "not started yet" : state->reason;
  one["active_connections"] = counters == nullptr ? 0 : counters->active;
  one["inactive_connections"] = counters == nullptr ? 0 : counters->inactive;
  one["connections"] = counters == nullptr ? 0 : counters->connections;
  one["connections_per_second"] = counters == nullptr ? 0 : counters->connection_rate;
  one["bytes_in"] = counters == nullptr ? 0 : counters->bytes_in;
  one["bytes_out"] = counters == nullptr ? 0 : counters->bytes_out;
  return one;
}

Json json_of(const NodeStatus& node, const ServerOrder* order) {
  const bool stands = order != nullptr && order->kind != OrderKind::kNone &&
                      (!order->until || *order->until > node.now);
  if (!stands) return {};
  const auto until = [&]() -> Json {
    if (!order->until) return {};
    return iso8601(node.boot + order->until->time_since_epoch());
  };
  const bool weight = order->kind == OrderKind::kWeight;
  return {{"kind", holdfast::to_string(order->kind)},
          {"weight", weight ? Json(order->weight) : Json()},
          {"until", until()}};
}

}  // namespace

Json services_of(const NodeStatus& node) {
  Json all = Json::array();
  if (node.config.virtual_servers.empty()) return all;
  const auto states = by_subject<ServiceState>(node.retained);
  const auto servers = by_subject<ServerState>(node.retained);
  const auto counters = by_subject<ServerCounters>(node.retained);
  const auto orders = by_subject<ServerOrder>(node.retained);
  const auto suspicions = by_subject<ServerSuspicion>(node.retained);
  const bool stale = !runs(node, Role::kBalance);
  for (const VirtualServerConfig& service : node.config.virtual_servers) {
    Json one = json_of(node, service, find(states, service.name));
    one["stale"] = stale;
    Json list = Json::array();
    for (const RealServerConfig& server : service.real_servers) {
      const std::string name = server_name(service.name, server.endpoint);
      list.push_back(json_of(node, server, find(servers, name), find(counters, name)));
      list.back()["order"] = json_of(node, find(orders, name));
      const ServerSuspicion* const suspicion = find(suspicions, name);
      const bool suspect = suspicion != nullptr && suspicion->suspect;
      list.back()["suspect"] = suspect ? Json(suspicion->reason) : Json();
    }
    one["real_servers"] = std::move(list);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace holdfast
