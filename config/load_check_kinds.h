// SPDX-License-Identifier: Apache-2.0
#pragma once

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
HttpCheck read_http_check(const YamlNode& node, const Reading& into);
ScriptCheck read_script_check(const YamlNode& node, const Reading& into);
FileCheck read_file_check(const YamlNode& node, const Reading& into);
ProcessCheck read_process_check(const YamlNode& node, const Reading& into);

// The text of a node as an endpoint that can be asked, else a fault; `key` is what it stands under.
bool read_check_endpoint(std::string_view key, const YamlNode& node, Faults& faults,
                         Endpoint& endpoint);

}  // namespace holdfast
