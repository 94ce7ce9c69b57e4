// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "config/load_parts.h"
#include "config/reader.h"

// What a kernel without IPVS cannot do, and what only nf_tables can. With the backend `auto` a file
// has to do for both.
namespace holdfast {

bool may_lack_ipvs(const Config& config);
bool may_have_ipvs(const Config& config);

// A fault if that key is there, and nf_tables has nothing like it.
void refuse_without_ipvs(const MapReader& map, std::string_view key, const Reading& into);

// Of a virtual server. The scheduler of one that names none is the backend's default.
void check_scheduler(const MapReader& map, const Reading& into, std::string& scheduler);
void check_options(const MapReader& map, const Reading& into, const VirtualServerConfig& service);
void check_forwarding(const YamlNode& node, const Reading& into,
                      const ForwardingConfig& forwarding);

// Of a server, once its virtual server has those before it.
void check_server(const YamlNode& node, const Reading& into, const VirtualServerConfig& service,
                  const RealServerConfig& server);

}  // namespace holdfast
