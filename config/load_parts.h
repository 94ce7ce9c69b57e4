// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/faults.h"
#include "config/reader.h"
#include "config/validate.h"
#include "config/yaml_tree.h"

// The parts of the document, each read by its own file: which keys there are, and what stands
// under each. What a value has to do with another is validate()'s.
namespace holdfast {

// What a part is read into, and where its values stood.
struct Reading {
  Faults& faults;
  Config& config;
  Places& places;
  bool of_server = false;  // a check stands at a virtual server: its address is that of each server
};

// Of an instance, or static: what is read into, and where it stood.
struct Routing {
  std::vector<RouteConfig>& routes;
  std::vector<RuleConfig>& rules;
  RoutingPlaces& places;
};

void read_vrrp(const YamlNode& node, const Reading& into);
void read_check(const YamlNode& node, const Reading& into);
void read_resolver(const YamlNode& node, const Reading& into);
void read_monitoring(const YamlNode& node, const Reading& into);
void read_alerts(const YamlNode& node, const Reading& into);
void read_witness(const YamlNode& node, const Reading& into);
void read_instance_witness(const YamlNode& node, Faults& faults, InstanceConfig& instance);
// A check that stands at a virtual server, once for all of its servers: the endpoint is 0.0.0.0:0
// where it is to be that of each, but for the `port` and `host` that may stand beside.
struct ServerCheck {
  CheckConfig config;
  CheckPlaces at;
  std::uint16_t port = 0;         // 1..65535; 0: the server's
  std::optional<IpAddress> host;  // none: the server's
};
ServerCheck read_server_check(const YamlNode& node, const Reading& into);

// What stands under `virtual_servers` and `load_balancing`, after `checks` and `vrrp`. The checks
// of the servers become checks like others.
void read_virtual_servers(MapReader& map, const Reading& into);
void read_load_balancing(const YamlNode& node, const Reading& into, PanicConfig& panic);
void read_panic(MapReader& map, Faults& faults, PanicConfig& panic);
ForwardingConfig read_forwarding(const YamlNode& node, Faults& faults);

// What stands under `announce`: of an instance, and of `vrrp` for all of them, where `announce` is
// their default and the limits of interfaces stand too; and the groups of interfaces.
void read_announce(const YamlNode& node, Faults& faults, AnnounceConfig& announce);
void read_announce_defaults(const YamlNode& node, const Reading& into, AnnounceConfig& announce);
void read_announce_groups(MapReader& map, const Reading& into);

// After the instances: gives its members what the group tracks.
void read_sync_group(const YamlNode& node, const Reading& into);
// What stands under `authentication`, once version and advert_interval are read.
void read_authentication(const YamlNode& node, const Reading& into, InstanceConfig& instance,
                         InstancePlaces& at);
void read_static(const YamlNode& node, const Reading& into);
// The routes and the rules in the lists under two keys of a map.
void read_routing(MapReader& map, std::string_view routes_key, std::string_view rules_key,
                  Faults& faults, Routing routing);
// What stands under `track`, of an instance or of a group.
void read_tracks(MapReader& map, Faults& faults, InstanceConfig& instance, InstancePlaces& at);

// A program under `key`; nothing, and a fault, if that is none.
// `dynamic_weight`: such a key may stand beside the command.
std::optional<Command> read_command(std::string_view key, const YamlNode& node, const Reading& into,
                                    bool* dynamic_weight = nullptr);
NotifyScripts read_notify(const YamlNode& node, const Reading& into);  // of a subject
void read_notify_defaults(const YamlNode& node, const Reading& into);  // of all of them

// What stands under `address_lifetime`, if anything.
void read_address_lifetime(MapReader& map, Faults& faults, std::optional<Duration>& lifetime);
// Of an instance, once its intervals are read; `node`: where it stands, null if nowhere.
void check_address_lifetime(const InstanceConfig& instance, const YamlNode* node, Faults& faults);

// What stands under `firewall`, if anything.
void read_firewall(MapReader& map, Firewall& firewall);
// Of an instance, once its peers are read.
void check_firewall(const MapReader& map, const InstanceConfig& instance, Faults& faults);

// Whether, and how, its addresses live on an interface of ours.
void read_virtual_device(MapReader& map, Faults& faults, InstanceConfig& instance,
                         InstancePlaces& at);

}  // namespace holdfast
