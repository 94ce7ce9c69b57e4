// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `smtp` of a check.
namespace holdfast {

const Shape& smtp_shape() {
  static const Shape shape{
      "smtp",
      "smtp",
      address_key() +
          Keys{
              {"helo", form::text(kWireName), "localhost", "The name that is said in EHLO."},
              {"starttls", form::boolean(), "false", "Ask for TLS, and say EHLO again under it."}} +
          tls_keys(),
      {}};
  return shape;
}

SmtpCheck read_smtp_check(const YamlNode& node, const Reading& into) {
  SmtpCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("smtp", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, smtp_shape());
  read_check_address(map, into, check.endpoint);
  map.text("helo", check.helo);
  map.boolean("starttls", check.starttls);
  check.tls = read_tls(map, into);
  if (check.starttls && check.tls.server_name.empty()) check.tls.server_name = check.endpoint.host;
  if (!check.starttls) refuse_tls_keys(map, "starttls: true", into.faults);
  return check;
}

}  // namespace holdfast
