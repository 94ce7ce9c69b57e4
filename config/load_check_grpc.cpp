// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"

// `grpc` of a check.
namespace holdfast {
namespace {

bool is_service(std::string_view text) {
  return text.size() <= 127 && std::all_of(text.begin(), text.end(), is_visible);
}

}  // namespace

GrpcCheck read_grpc_check(const YamlNode& node, const Reading& into) {
  GrpcCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("grpc", node, into.faults, check.endpoint);
    return check;
  }
  MapReader::Keys keys = tls_keys();
  keys.insert(keys.end(), {"address", "service", "host", "tls"});
  MapReader map(into.faults, node, "grpc", keys);
  read_check_address(map, into, check.endpoint);
  map.text("service", "the name of a service, at most 127 bytes", is_service, check.service);
  map.text("host", "a name, with a port where it needs one", is_wire_name, check.host);
  bool tls = false;
  map.boolean("tls", "true or false", tls);
  TlsConfig config = read_tls(map, into);
  config.alpn = "h2";
  if (config.server_name.empty()) config.server_name = check.endpoint.host;
  if (tls) check.tls = std::move(config);
  if (!tls) refuse_tls_keys(map, "tls: true", into.faults);
  return check;
}

}  // namespace holdfast
