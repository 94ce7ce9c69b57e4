// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

#include "common/core/ip.h"
#include "config/load_parts.h"

// What stands under the key of a check's kind: one function a kind, each in a file of its own,
// load_check_KIND.cpp, and in the table of load_checks.cpp. A kind's options are a struct in
// config/check_KIND.h, an alternative of CheckTarget; a short form (`tcp: 192.0.2.1:80`) and a map
// of options (`tcp: {address: 192.0.2.1:80, ...}`) are told apart by node.kind. What is common to
// all kinds (interval, source, ...) stands beside the kind's key and is read by load_checks.cpp.
namespace holdfast {

TcpCheck read_tcp_check(const YamlNode& node, const Reading& into);
GrpcCheck read_grpc_check(const YamlNode& node, const Reading& into);
HttpCheck read_http_check(const YamlNode& node, const Reading& into);
HttpCheck read_https_check(const YamlNode& node, const Reading& into);
RedisCheck read_redis_check(const YamlNode& node, const Reading& into);
PostgresqlCheck read_postgresql_check(const YamlNode& node, const Reading& into);
MysqlCheck read_mysql_check(const YamlNode& node, const Reading& into);
DnsCheck read_dns_check(const YamlNode& node, const Reading& into);
SmtpCheck read_smtp_check(const YamlNode& node, const Reading& into);
UdpCheck read_udp_check(const YamlNode& node, const Reading& into);
PingCheck read_ping_check(const YamlNode& node, const Reading& into);
AgentCheck read_agent_check(const YamlNode& node, const Reading& into);
ScriptCheck read_script_check(const YamlNode& node, const Reading& into);
FileCheck read_file_check(const YamlNode& node, const Reading& into);
ProcessCheck read_process_check(const YamlNode& node, const Reading& into);

// The keys of TLS in a map of a kind, and what they say.
Keys tls_keys();
TlsConfig read_tls(MapReader& map, const Reading& into);
// Of a kind that speaks TLS only if asked to, and is not: they are faults. `expected` says how to.
void refuse_tls_keys(const MapReader& map, std::string_view expected, Faults& faults);

// Whether the text has a zone such as %eth0, which is a fault then.
bool refuse_zone(std::string_view key, const YamlNode& node, const std::string& text,
                 Faults& faults);

// The text of a node as an endpoint that can be asked, else a fault; `key` is what it stands under.
bool read_check_endpoint(std::string_view key, const YamlNode& node, Faults& faults,
                         CheckEndpoint& endpoint);

// The same of the key `address` of a map of options, which must be there, but at a server; and
// that key.
Keys address_key();
void read_check_address(MapReader& map, const Reading& into, CheckEndpoint& endpoint);

inline bool is_visible(char c) {  // printable ASCII, and no blank
  return c > ' ' && c < 0x7f;
}
// What a check calls itself or its host on the wire: 1 to 255 of them.
inline bool is_wire_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), is_visible);
}

inline constexpr TextForm kWireName{"1 to 255 printable ASCII characters without blanks",
                                    "^[!-~]{1,255}$", is_wire_name};
inline constexpr TextForm kHostHeader{"a name, with a port where it needs one", "^[!-~]{1,255}$",
                                      is_wire_name};

}  // namespace holdfast
