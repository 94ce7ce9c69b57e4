// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"

// `grpc` of a check.
namespace holdfast {
namespace {

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

bool is_service(std::string_view text) {
  return text.size() <= 127 && std::all_of(text.begin(), text.end(), is_visible);
}

bool is_authority(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), is_visible);
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
  read_check_address(map, into.faults, check.endpoint);
  map.text("service", "the name of a service, at most 127 bytes", is_service, check.service);
  map.text("host", "a name, with a port where it needs one", is_authority, check.host);
  bool tls = false;
  map.boolean("tls", "true or false", tls);
  TlsConfig config = read_tls(map, into);
  config.alpn = "h2";
  if (tls) check.tls = std::move(config);
  for (const std::string_view key : tls_keys()) {
    if (tls || !map.has(key)) continue;
    into.faults.add(*map.find(key), std::string(key) + ": is of TLS, expected 'tls: true'");
  }
  return check;
}

}  // namespace holdfast
