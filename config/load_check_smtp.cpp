// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"

// `smtp` of a check.
namespace holdfast {
namespace {

bool is_helo(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

SmtpCheck read_smtp_check(const YamlNode& node, const Reading& into) {
  SmtpCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("smtp", node, into.faults, check.endpoint);
    return check;
  }
  MapReader::Keys keys = tls_keys();
  keys.insert(keys.end(), {"address", "helo", "starttls"});
  MapReader map(into.faults, node, "smtp", keys);
  read_check_address(map, into.faults, check.endpoint);
  map.text("helo", "1 to 255 printable ASCII characters without blanks", is_helo, check.helo);
  map.boolean("starttls", "true or false", check.starttls);
  check.tls = read_tls(map, into);
  for (const std::string_view key : tls_keys()) {
    if (check.starttls || !map.has(key)) continue;
    into.faults.add(*map.find(key), std::string(key) + ": is of TLS, expected 'starttls: true'");
  }
  return check;
}

}  // namespace holdfast
