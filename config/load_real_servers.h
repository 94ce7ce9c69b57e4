// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/load_parts.h"

// The servers of a virtual server, and how the checks that stand there become checks of their own.
namespace holdfast {

// A check of `check:` or `checks:`: one of its own, or the name of one under `checks`.
struct CheckTemplate {
  std::string name;  // of one under `checks`, else empty
  ServerCheck own;
  const YamlNode* node = nullptr;
};
using CheckTemplates = std::vector<CheckTemplate>;

// Makes the checks of servers, and one of those that ask the same.
class CheckMaker {
 public:
  explicit CheckMaker(const Reading& into);

  // What stands under the two keys; nothing if both are absent.
  CheckTemplates read(MapReader& map);
  std::vector<std::string> make(const CheckTemplates& templates, const std::string& service,
                                const Endpoint& server);

 private:
  void read_named(const YamlNode& node, CheckTemplates& templates);
  std::string make(const CheckTemplate& one, const std::string& name, const Endpoint& server);

  const Reading& into_;
  std::map<std::string, const YamlNode*, std::less<>> named_;  // of `checks`
  std::unordered_multimap<std::string, std::size_t> made_;     // by endpoint, in Config::checks
};

// What servers have unless they say otherwise.
struct ServerDefaults {
  RealServerConfig server;
  CheckTemplates checks;
};

// The keys that a virtual server and a real server have in common; those but `check` and `checks`
// are read here.
Keys server_default_keys();
void read_server_defaults(MapReader& map, const Reading& into, RealServerConfig& server);

// One of them, with its checks; its address may lack the port, which is then that of the service.
void read_real_server(const YamlNode& node, const Reading& into, const ServerDefaults& defaults,
                      CheckMaker& checks, VirtualServerConfig& service);

// An address with or without a port, of a server; nothing and a fault, if it is none.
std::optional<Endpoint> read_server_endpoint(std::string_view key, const YamlNode& node,
                                             Faults& faults, std::uint16_t port);

// Of a server that is given none. 0: packets keep theirs, as where the addresses of one service
// differ.
std::uint16_t port_of_servers(const VirtualServerConfig& service);

// That a packet of the service can be brought there.
void check_reach(const VirtualServerConfig& service, const Endpoint& server,
                 const ForwardingConfig& forwarding, const YamlNode& node, Faults& faults);

}  // namespace holdfast
