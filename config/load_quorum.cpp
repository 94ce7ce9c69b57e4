// SPDX-License-Identifier: Apache-2.0
#include "config/load_quorum.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "config/load_backend.h"
#include "config/load_parts.h"
#include "config/load_real_servers.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

const Shape& quorum_shape() {
  static const Shape shape{
      "quorum",
      "quorum",
      {{"up", form::whole(1, 0xffffffffLL), "1", "The weight of healthy servers that it takes."},
       {"hysteresis", form::whole(0, 0xffffffffLL), "0",
        "Lost below up - hysteresis, gained at up + hysteresis."}},
      {}};
  return shape;
}

const Shape& sorry_server_shape() {
  static const Shape shape{
      "sorry_server",
      "sorry_server",
      {{"address", form::text(kServerText), kRequired, "With a port, or the service's."},
       {"forwarding", form::forwarding(), "", "How packets get there; as to the servers."}},
      {}};
  return shape;
}

}  // namespace

Keys quorum_keys() {
  return {
      {"quorum", form::whole(1, 0xffffffffLL) | form::map(quorum_shape), "1",
       "The weight of healthy servers that makes it serve."},
      {"quorum_up", form::command(), "", "Run when the quorum is gained."},
      {"quorum_down", form::command(), "", "Run when the quorum is lost."},
      {"omega", form::boolean(), "false",
       "Run quorum_down at stop, and when a reload removes it, too."},
      {"sorry_server", form::text(kServerText) | form::map(sorry_server_shape), "",
       "Serves while there is no quorum."},
  };
}

void read_quorum(MapReader& map, const Reading& into, VirtualServerConfig& service) {
  if (const YamlNode* node = map.find("quorum"); node && node->kind == YamlNode::Kind::kMap) {
    MapReader quorum(into.faults, *node, quorum_shape());
    quorum.integer("up", service.quorum);
    const YamlNode* hysteresis = quorum.integer("hysteresis", service.hysteresis);
    if (hysteresis != nullptr && service.hysteresis >= service.quorum) {
      expected(into.faults, "hysteresis", *hysteresis, "less than the quorum");
    }
  } else {
    map.integer("quorum", service.quorum);
  }
  QuorumScripts scripts;
  const auto read = [&](std::string_view key, std::optional<Command>& command) {
    if (map.has(key)) command = read_command(key, *map.find(key), into);
  };
  read("quorum_up", scripts.up);
  read("quorum_down", scripts.down);
  map.boolean("omega", scripts.down_at_stop);
  if (scripts == QuorumScripts{} || service.name.empty()) return;
  into.config.notify.services.emplace(service.name, std::move(scripts));
}

void read_sorry_server(const YamlNode& node, const ForwardingConfig& forwarding,
                       const Reading& into, VirtualServerConfig& service) {
  SorryServerConfig sorry{{}, forwarding};
  const YamlNode* place = &node;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(into.faults, node, sorry_server_shape());
    place = map.find("address");
    if (const YamlNode* own = map.find("forwarding")) {
      sorry.forwarding = read_forwarding(*own, into.faults);
      check_forwarding(*own, into, sorry.forwarding);
    }
  }
  if (place == nullptr) return;
  const auto endpoint =
      read_server_endpoint("sorry_server", *place, into.faults, port_of_servers(service));
  if (!endpoint) return;
  sorry.endpoint = *endpoint;
  check_reach(service, sorry.endpoint, sorry.forwarding, *place, into.faults);
  service.sorry_server = sorry;
}

}  // namespace holdfast
