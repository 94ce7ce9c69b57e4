// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/shape.h"

// When a virtual server serves, and what does while it does not.
namespace holdfast {

Keys quorum_keys();
void read_quorum(MapReader& map, const Reading& into, VirtualServerConfig& service);
// `forwarding`: that of its servers.
void read_sorry_server(const YamlNode& node, const ForwardingConfig& forwarding,
                       const Reading& into, VirtualServerConfig& service);

}  // namespace holdfast
