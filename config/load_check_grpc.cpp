// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `grpc` of a check.
namespace holdfast {
namespace {

bool is_service(std::string_view text) {
  return text.size() <= 127 && std::all_of(text.begin(), text.end(), is_visible);
}

}  // namespace

const Shape& grpc_shape() {
  static const Shape shape{
      "grpc",
      "grpc",
      address_key() +
          Keys{{"service",
                form::text(
                    {"the name of a service, at most 127 bytes", "^[!-~]{0,127}$", is_service}),
                "", "The service that is asked for; otherwise the server as a whole."},
               {"host", form::text(kHostHeader), "", ":authority; the address."},
               {"tls", form::boolean(), "false", "TLS with ALPN h2."}} +
          tls_keys(),
      {}};
  return shape;
}

GrpcCheck read_grpc_check(const YamlNode& node, const Reading& into) {
  GrpcCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("grpc", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, grpc_shape());
  read_check_address(map, into, check.endpoint);
  map.text("service", check.service);
  map.text("host", check.host);
  bool tls = false;
  map.boolean("tls", tls);
  TlsConfig config = read_tls(map, into);
  config.alpn = "h2";
  if (config.server_name.empty()) config.server_name = check.endpoint.host;
  if (tls) check.tls = std::move(config);
  if (!tls) refuse_tls_keys(map, "tls: true", into.faults);
  return check;
}

}  // namespace holdfast
