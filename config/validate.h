// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/command.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/faults.h"
#include "config/yaml_tree.h"

namespace holdfast {

// What stands at a node, with its place.
template <typename Placed, typename... Values>
InFile<Placed> in_file(const YamlNode& node, Values... values) {
  return {{node.line, node.column, std::move(values)...},
          node.file == nullptr ? std::string() : *node.file};
}

struct TrackPlaces {
  const YamlNode* name = nullptr;
  const YamlNode* weight = nullptr;
  const YamlNode* down_delay = nullptr;
};

struct RoutingPlaces {
  std::vector<const YamlNode*> routes;  // beside virtual_routes, StaticConfig::routes
  std::vector<const YamlNode*> rules;   // beside virtual_rules, StaticConfig::rules
};

struct StaticPlaces {
  std::vector<const YamlNode*> addresses;  // beside StaticConfig::addresses
  RoutingPlaces routing;
};

// Where the values of an instance stand. Null: the value is absent, or faulty and reported, and no
// check builds on it.
struct InstancePlaces {
  const YamlNode* name = nullptr;
  const YamlNode* interface = nullptr;
  const YamlNode* vrid = nullptr;
  bool version_known = true;  // given right, or left to its default
  const YamlNode* preempt = nullptr;
  const YamlNode* initial_state = nullptr;
  const YamlNode* checksum = nullptr;
  const YamlNode* accept = nullptr;
  const YamlNode* source_address = nullptr;
  const YamlNode* multicast_group = nullptr;
  const YamlNode* allowed_sources = nullptr;
  const YamlNode* virtual_device = nullptr;
  const YamlNode* adverts_from = nullptr;
  const YamlNode* password = nullptr;
  const YamlNode* witness = nullptr;
  std::vector<const YamlNode*> addresses;           // beside InstanceConfig::addresses
  std::vector<const YamlNode*> excluded_addresses;  // beside InstanceConfig::excluded_addresses
  std::vector<const YamlNode*> peers;               // beside UnicastConfig::peers
  std::vector<const YamlNode*> sources;             // beside InstanceConfig::allowed_sources
  RoutingPlaces routing;
  std::vector<TrackPlaces> track_interfaces;  // beside InstanceConfig::track_interfaces
  std::vector<TrackPlaces> track_checks;      // beside InstanceConfig::track_checks
  std::vector<TrackPlaces> track_services;    // beside InstanceConfig::track_services
  std::vector<TrackPlaces> track_addresses;   // beside InstanceConfig::track_addresses
  std::vector<TrackPlaces> track_routes;      // beside InstanceConfig::track_routes
};

struct CheckPlaces {
  const YamlNode* name = nullptr;
  const YamlNode* timeout = nullptr;
};

struct Places {
  std::vector<InstancePlaces> instances;            // beside Config::instances
  std::vector<CheckPlaces> checks;                  // beside Config::checks
  std::vector<InFile<PlacedCommand>> commands;      // wherever they stand
  std::vector<InFile<PlacedKey>> keys;              // the same
  std::vector<InFile<PlacedFile>> files;            // of TLS
  std::vector<InFile<PlacedFile>> alert_files;      // that receivers of alerts name
  std::vector<InFile<PlacedFile>> witness_files;    // of TLS, that the witness names
  std::vector<InFile<PlacedFile>> witness_secrets;  // its password
  bool witness_there = false;                       // whatever it says
  std::vector<InFile<PlacedPattern>> patterns;
  StaticPlaces fixed;                     // beside Config::fixed
  std::vector<const YamlNode*> services;  // names, beside Config::virtual_servers
  bool all_checks_named = true;           // else what is tracked may be one that is faulty
  bool all_services_named = true;         // the same
};

// What takes more than one value to see: the rules between the values of an instance, and what must
// be unique, or must exist, in the whole document. Single values are in range already.
void validate(const Config& config, const Places& places, Faults& faults);
// Of that, what concerns routes, rules and static addresses.
void validate_routing(const Config& config, const Places& places, Faults& faults);

// A part of it: which instances may have a witness, and whether there is one.
void check_witness(const Config& config, const Places& places, Faults& faults);
// A part of it: the names of virtual devices, and what their instances make of them.
void check_virtual_devices(const Config& config, const Places& places, Faults& faults);

}  // namespace holdfast
