// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"

// `tcp` of a check, and the endpoint that every kind with one reads.
namespace holdfast {

bool read_check_endpoint(std::string_view key, const YamlNode& node, Faults& faults,
                         Endpoint& endpoint) {
  constexpr std::string_view kWhat = "an IP address and a port, such as 192.0.2.1:80";
  const std::string* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return false;
  const Result<Endpoint> parsed = Endpoint::parse(*text);
  if (!parsed || parsed->address.is_unspecified() || parsed->address.is_multicast()) {
    expected(faults, key, node, kWhat);
    return false;
  }
  endpoint = *parsed;
  return true;
}

TcpCheck read_tcp_check(const YamlNode& node, const Reading& into) {
  TcpCheck check;
  read_check_endpoint("tcp", node, into.faults, check.endpoint);
  return check;
}

}  // namespace holdfast
