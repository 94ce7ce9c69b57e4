// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "config/shape.h"

// What the parts of the document may hold, each beside the reader that reads by it. What only one
// file knows is not here.
namespace holdfast {

const Shape& document_shape();

const Shape& vrrp_shape();
const Shape& authentication_shape();
const Shape& announce_shape();
const Shape& announce_defaults_shape();
const Shape& announce_group_shape();
const Shape& sync_group_shape();
const Shape& track_shape();
const Shape& notify_shape();
const Shape& notify_defaults_shape();
const Shape& virtual_mac_shape();
const Shape& ipvlan_shape();
const Shape& process_shape();

const Shape& static_shape();
const Shape& address_shape();
const Shape& route_shape();
const Shape& rule_shape();

const Shape& check_shape();
const Shape& server_check_shape();
const Shape& tcp_shape();
const Shape& http_shape();
const Shape& https_shape();
const Shape& grpc_shape();
const Shape& postgresql_shape();
const Shape& mysql_shape();
const Shape& dns_shape();
const Shape& smtp_shape();
const Shape& udp_shape();
const Shape& agent_shape();
const Shape& file_shape();
const Shape& watched_process_shape();
const Shape& resolver_shape();

const Shape& load_balancing_shape();
const Shape& virtual_server_shape();

const Shape& monitoring_shape();
const Shape& alerts_shape();
const Shape& witness_shape();
const Shape& instance_witness_shape();

namespace form {

Forms command();  // of the operator's
Forms script();   // one that may say its weight
Forms bytes();    // as a text or {hex: ...}
Forms byte_pattern();
Forms forwarding();
Forms panic_threshold();
Forms real_servers();
Forms address_lifetime();
Forms firewall();
Forms routes();
Forms rules();
Forms table();
Forms scope();
Forms tracks();

}  // namespace form

// ---- Texts that readers of their own read.

bool is_host(std::string_view text);
inline constexpr TextForm kHostText{"an IP address, such as 192.0.2.1 or fe80::1",
                                    "^[0-9A-Fa-f:.]+$", is_host};
bool is_multicast(std::string_view text);
inline constexpr TextForm kMulticastText{"a multicast address, such as 224.0.0.18 or ff02::12",
                                         "^[0-9A-Fa-f:.]+$", is_multicast};
bool is_host_prefix(std::string_view text);
inline constexpr TextForm kHostPrefixText{
    "an address with a prefix length, such as 192.0.2.10/24 or 2001:db8::10/64",
    "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$", is_host_prefix};
bool is_network(std::string_view text);
inline constexpr TextForm kNetworkText{"a network, such as 192.0.2.0/24 or 2001:db8::/64",
                                       "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$", is_network};
bool is_check_endpoint(std::string_view text);
inline constexpr TextForm kCheckEndpointText{
    "an IP address or a host name, and a port, such as 192.0.2.1:80",
    "^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}$", is_check_endpoint};
bool is_server(std::string_view text);
inline constexpr TextForm kServerText{
    "an IP address with or without a port, such as 10.0.0.11:80",
    "^([0-9A-Fa-f:.]+|\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?|[0-9.]+:[0-9]{1,5})$", is_server};
bool is_ping_target(std::string_view text);
inline constexpr TextForm kPingText{"an IP address or a host name, such as 192.0.2.1",
                                    "^[A-Za-z0-9._:-]+$", is_ping_target};
bool is_process_name(std::string_view text);
inline constexpr TextForm kProcessName{"the name of a program, at most 15 bytes, as ps -e shows it",
                                       "^[\\s\\S]{1,15}$", is_process_name};
inline constexpr TextForm kAnyText{"a text", "^[\\s\\S]*$"};

}  // namespace holdfast
