// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"

// What stands under `vrrp`.
namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInstancesMax = 4096;
constexpr std::size_t kAddressesMax = 255;  // An advert counts them in 8 bits.
constexpr std::size_t kExcludedMax = 1000;
constexpr std::size_t kPeersMax = 64;
constexpr std::size_t kGroupsMax = 4096;

constexpr Duration kStartDelayMax = std::chrono::hours{1};

constexpr std::array kInitialStates{Choice<bool>{"backup", false}, Choice<bool>{"master", true}};
constexpr std::array kChecksumForms{
    Choice<ChecksumForm>{"pseudo-header", ChecksumForm::kPseudoHeader},
    Choice<ChecksumForm>{"message-only", ChecksumForm::kMessageOnly}};

constexpr std::array kStrictnesses{Choice<Strictness>{"repair", Strictness::kRepair},
                                   Choice<Strictness>{"fault", Strictness::kFault}};

class InstanceReader {
 public:
  // `defaults`: what stands in `vrrp` for all instances. `lifetime_at`: where, if at all.
  InstanceReader(const Reading& into, const InstanceConfig& defaults, const YamlNode* lifetime_at)
      : faults_(into.faults), into_(into), lifetime_at_(lifetime_at), instance_(defaults) {}

  void read(const YamlNode& node);

 private:
  void read_advert_interval(MapReader& map);
  void read_preempt(MapReader& instance_map);
  void read_addresses(MapReader& map);
  void check_labels();
  void read_ways(MapReader& map);
  void read_unicast(const YamlNode& node);

  Faults& faults_;
  const Reading& into_;
  const YamlNode* lifetime_at_;
  InstanceConfig instance_;
  InstancePlaces at_;
};

void InstanceReader::read(const YamlNode& node) {
  MapReader map(faults_, node, "an instance",
                {"name",
                 "interface",
                 "virtual_router_id",
                 "version",
                 "priority",
                 "advert_interval",
                 "preempt",
                 "checksum",
                 "addresses",
                 "excluded_addresses",
                 "source_address",
                 "multicast_group",
                 "allowed_sources",
                 "unicast",
                 "virtual_mac",
                 "ipvlan",
                 "virtual_routes",
                 "virtual_rules",
                 "strict",
                 "address_lifetime",
                 "accept",
                 "authentication",
                 "track",
                 "announce",
                 "initial_state",
                 "down_timer_adverts",
                 "witness",
                 "notify"});
  map.require({"name", "interface", "virtual_router_id", "addresses"});
  at_.name = map.name("name", instance_.name);
  at_.interface = map.interface("interface", instance_.interface);
  at_.vrid = map.integer("virtual_router_id", 1, 255, instance_.vrid.value);
  const YamlNode* version = map.integer("version", 2, 3, instance_.version);
  at_.version_known = version != nullptr || !map.has("version");
  map.integer("priority", 1, 255, instance_.priority.value);
  if (at_.version_known) read_advert_interval(map);
  at_.preempt = map.find("preempt");
  if (at_.preempt != nullptr) read_preempt(map);
  at_.initial_state = map.choice("initial_state", kInitialStates, instance_.initial_master);
  map.integer("down_timer_adverts", 1, 100, instance_.down_timer_adverts);
  at_.checksum = map.choice("checksum", kChecksumForms, instance_.checksum);
  read_addresses(map);
  read_routing(map, "virtual_routes", "virtual_rules", faults_,
               {instance_.virtual_routes, instance_.virtual_rules, at_.routing});
  map.choice("strict", kStrictnesses, instance_.strict);
  read_address_lifetime(map, faults_, instance_.address_lifetime);
  const YamlNode* own_lifetime = map.find("address_lifetime");
  check_address_lifetime(instance_, own_lifetime == nullptr ? lifetime_at_ : own_lifetime, faults_);
  at_.accept = map.boolean("accept", "true or false", instance_.accept);
  read_ways(map);
  read_virtual_device(map, faults_, instance_, at_);
  check_labels();
  if (const YamlNode* authentication = map.find("authentication")) {
    read_authentication(*authentication, into_, instance_, at_);
  }
  read_tracks(map, faults_, instance_, at_);
  at_.witness = map.find("witness");
  if (at_.witness != nullptr) read_instance_witness(*at_.witness, faults_, instance_);
  if (const YamlNode* announce = map.find("announce")) {
    read_announce(*announce, faults_, instance_.announce);
  }
  if (map.has("notify")) {
    into_.config.notify.instances[instance_.name] = read_notify(*map.find("notify"), into_);
  }
  into_.config.instances.push_back(std::move(instance_));
  into_.places.instances.push_back(std::move(at_));
}

void InstanceReader::read_advert_interval(MapReader& map) {
  // VRRPv2 counts seconds in 8 bits (RFC 3768 §5.3.7), VRRPv3 centiseconds in 12 (RFC 9568 §5.2.7).
  const bool v2 = instance_.version == VrrpVersion::k2;
  const Duration grain = v2 ? Duration{seconds{1}} : milliseconds{10};
  const Duration max = grain * (v2 ? 255 : 4095);
  const std::string_view what = v2 ? "whole seconds from 1s to 255s with version 2"
                                   : "a multiple of 10ms from 10ms to 40.95s with version 3";
  Duration interval{};
  const YamlNode* node = map.duration("advert_interval", what, interval);
  if (node == nullptr) return;
  if (interval < grain || interval > max || interval % grain != Duration{0}) {
    expected(faults_, "advert_interval", *node, what);
  } else {
    instance_.advert_interval = interval;
  }
}

void InstanceReader::read_preempt(MapReader& instance_map) {
  const YamlNode& node = *instance_map.find("preempt");
  if (node.kind != YamlNode::Kind::kMap) {
    instance_map.boolean("preempt", "true, false or {delay: 30s}", instance_.preempt);
    return;
  }
  MapReader map(faults_, node, "preempt", {"delay"});
  map.require({"delay"});
  map.duration("delay", seconds{0}, seconds{1000}, instance_.preempt_delay);
}

// They begin with the name of the device, which may be a virtual one.
void InstanceReader::check_labels() {
  if (at_.interface == nullptr) return;
  const auto check = [&](const std::vector<VirtualAddress>& addresses,
                         const std::vector<const YamlNode*>& places) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      check_label(faults_, *places[i], addresses[i], instance_.device_of(addresses[i]));
    }
  };
  check(instance_.addresses, at_.addresses);
  check(instance_.excluded_addresses, at_.excluded_addresses);
}

void InstanceReader::read_addresses(MapReader& map) {
  const auto read = [&](std::string_view key, const YamlNode& node,
                        std::vector<VirtualAddress>& addresses,
                        std::vector<const YamlNode*>& places) {
    const auto address = read_virtual_address(faults_, key, node);
    if (!address) return;
    addresses.push_back(*address);
    places.push_back(&node);
  };
  for (const YamlNode* node : map.list("addresses", 1, kAddressesMax)) {
    read("addresses", *node, instance_.addresses, at_.addresses);
  }
  for (const YamlNode* node : map.list("excluded_addresses", 0, kExcludedMax)) {
    read("excluded_addresses", *node, instance_.excluded_addresses, at_.excluded_addresses);
  }
}

// Where adverts come from and go to.
void InstanceReader::read_ways(MapReader& map) {
  at_.source_address = map.find("source_address");
  if (at_.source_address != nullptr) {
    instance_.source_address = read_host(faults_, "source_address", *at_.source_address);
  }
  at_.multicast_group = map.find("multicast_group");
  if (at_.multicast_group != nullptr) {
    instance_.multicast_group = read_multicast(faults_, "multicast_group", *at_.multicast_group);
  }
  at_.allowed_sources = map.find("allowed_sources");
  for (const YamlNode* node : map.list("allowed_sources", 1, kPeersMax)) {
    if (const auto network = read_network(faults_, "allowed_sources", *node)) {
      instance_.allowed_sources.push_back(*network);
      at_.sources.push_back(node);
    }
  }
  if (const YamlNode* unicast = map.find("unicast")) read_unicast(*unicast);
}

void InstanceReader::read_unicast(const YamlNode& node) {
  MapReader map(faults_, node, "unicast", {"peers", "ttl"});
  map.require({"peers"});
  UnicastConfig unicast;
  map.integer("ttl", 1, 255, unicast.ttl);
  for (const YamlNode* entry : map.list("peers", 1, kPeersMax)) {
    UnicastPeer peer;
    const YamlNode* place = entry;
    if (entry->kind == YamlNode::Kind::kMap) {
      MapReader peer_map(faults_, *entry, "a peer", {"address", "min_ttl", "max_ttl"});
      peer_map.require({"address"});
      place = peer_map.find("address");
      peer_map.integer("min_ttl", 0, 255, peer.min_ttl);
      peer_map.integer("max_ttl", peer.min_ttl, 255, peer.max_ttl);
    }
    const auto address = place == nullptr ? std::nullopt : read_host(faults_, "peers", *place);
    if (!address) continue;
    peer.address = *address;
    unicast.peers.push_back(peer);
    at_.peers.push_back(place);
  }
  if (!unicast.peers.empty()) instance_.unicast = std::move(unicast);
}

}  // namespace

void read_vrrp(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "vrrp",
                {"instances", "sync_groups", "announce", "announce_groups", "start_delay",
                 "address_lifetime", "notify", "process"});
  map.duration("start_delay", Duration{0}, kStartDelayMax, into.config.start_delay);
  InstanceConfig defaults;
  if (const YamlNode* found = map.find("announce")) {
    read_announce_defaults(*found, into, defaults.announce);
  }
  read_address_lifetime(map, into.faults, defaults.address_lifetime);
  read_announce_groups(map, into);
  if (map.has("notify")) read_notify_defaults(*map.find("notify"), into);
  for (const YamlNode* instance : map.list("instances", 0, kInstancesMax)) {
    InstanceReader(into, defaults, map.find("address_lifetime")).read(*instance);
  }
  const auto groups = map.list("sync_groups", 0, kGroupsMax);
  for (const YamlNode* group : groups) read_sync_group(*group, into);
}

}  // namespace holdfast
