// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"

// `smtp` of a check.
namespace holdfast {

SmtpCheck read_smtp_check(const YamlNode& node, const Reading& into) {
  SmtpCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("smtp", node, into.faults, check.endpoint);
    return check;
  }
  MapReader::Keys keys = tls_keys();
  keys.insert(keys.end(), {"address", "helo", "starttls"});
  MapReader map(into.faults, node, "smtp", keys);
  read_check_address(map, into, check.endpoint);
  map.text("helo", "1 to 255 printable ASCII characters without blanks", is_wire_name, check.helo);
  map.boolean("starttls", "true or false", check.starttls);
  check.tls = read_tls(map, into);
  if (check.starttls && check.tls.server_name.empty()) check.tls.server_name = check.endpoint.host;
  if (!check.starttls) refuse_tls_keys(map, "starttls: true", into.faults);
  return check;
}

}  // namespace holdfast
