// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

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
constexpr std::size_t kAnnounceGroupsMax = 1024;

constexpr Duration kStartDelayMax = std::chrono::hours{1};

constexpr std::array kInitialStates{Choice<bool>{"backup", false}, Choice<bool>{"master", true}};
constexpr std::array kChecksumForms{
    Choice<ChecksumForm>{"pseudo-header", ChecksumForm::kPseudoHeader},
    Choice<ChecksumForm>{"message-only", ChecksumForm::kMessageOnly}};

constexpr std::array kStrictnesses{Choice<Strictness>{"repair", Strictness::kRepair},
                                   Choice<Strictness>{"fault", Strictness::kFault}};

const Shape& preempt_shape() {
  static const Shape shape{"preempt",
                           "preempt",
                           {{"delay", form::time(seconds{0}, seconds{1000}), kRequired,
                             "How long it waits before it takes over from a lower priority."}},
                           {}};
  return shape;
}

const Shape& peer_shape() {
  static const Shape shape{
      "peer",
      "a peer",
      {{"address", form::text(kHostText), kRequired, "Of the peer."},
       {"min_ttl", form::whole(0, 255), "255",
        "The least TTL (hop limit) of its adverts; each router between takes one off."},
       {"max_ttl", form::whole(0, 255), "255", "The largest TTL (hop limit) of its adverts."}},
      {}};
  return shape;
}

const Shape& unicast_shape() {
  static const Shape shape{
      "unicast",
      "unicast",
      {{"peers", form::list(form::text(kHostText) | form::map(peer_shape), 1, kPeersMax), kRequired,
        "Where adverts go, and the only ones they are taken from."},
       {"ttl", form::whole(1, 255), "255", "TTL (hop limit) of our adverts."}},
      {}};
  return shape;
}

Keys keys_of_instance() {
  const Forms addresses = form::text(kHostPrefixText) | form::map(address_shape);
  return {
      {"name", form::text(kNameText), kRequired, "What it is called in status and logs; unique."},
      {"interface", form::text(kInterfaceText), kRequired,
       "Where adverts are sent and heard, and the addresses live."},
      {"virtual_router_id", form::whole(1, 255), kRequired,
       "The same on every node of this virtual router; unique on an interface."},
      {"version", form::whole(2, 3), "3", "Of the VRRP protocol; the same on every node."},
      {"priority", form::whole(1, 255), "100",
       "The highest wins; 255 is the owner of the addresses."},
      {"advert_interval", form::time(milliseconds{10}, seconds{255}), "1s",
       "Time between adverts: version 3 a multiple of 10ms up to 40.95s, version 2 whole seconds."},
      {"preempt", form::boolean() | form::map(preempt_shape), "true",
       "Whether it takes over from a master of lower priority, and how long it waits first."},
      {"checksum", form::words(kChecksumForms), "pseudo-header",
       "The form that is sent with version 3; both are accepted."},
      {"addresses", form::list(addresses, 1, kAddressesMax), kRequired,
       "What the master holds; the same on every node."},
      {"excluded_addresses", form::list(addresses, 0, kExcludedMax), "",
       "Held and announced like addresses, but not in adverts; of either family."},
      {"source_address", form::text(kHostText), "",
       "Where adverts come from; otherwise one of the interface's own."},
      {"multicast_group", form::text(kMulticastText), "",
       "Where adverts go; otherwise 224.0.0.18 or ff02::12."},
      {"allowed_sources", form::list(form::text(kNetworkText), 1, kPeersMax), "",
       "With multicast: adverts of others are refused."},
      {"unicast", form::map(unicast_shape), "",
       "Adverts go to these peers and come from them only; otherwise multicast."},
      {"firewall", form::firewall(), "",
       "peers: the kernel drops its adverts that come from others."},
      {"virtual_mac", form::boolean() | form::map(virtual_mac_shape), "false",
       "The addresses live on a macvlan with the MAC address of the virtual router."},
      {"ipvlan", form::boolean() | form::map(ipvlan_shape), "false",
       "The addresses live on an ipvlan, with the MAC address of the interface."},
      {"virtual_routes", form::routes(), "", "Routes that the master has."},
      {"virtual_rules", form::rules(), "", "Rules of routing that the master has."},
      {"strict", form::words(kStrictnesses), "repair",
       "When somebody else takes away what the master holds: put it back, or be in FAULT."},
      {"address_lifetime", form::address_lifetime(), "",
       "The kernel takes the addresses away unless they are renewed in time."},
      {"accept", form::boolean(), "true",
       "false: the addresses answer ARP and neighbour discovery, and nothing else."},
      {"authentication", form::map(authentication_shape), "", "Who is believed."},
      {"track", form::tracks(), "", "What moves the priority, or is FAULT while it is down."},
      {"announce", form::map(announce_shape), "",
       "How neighbours are told where the addresses are."},
      {"initial_state", form::words(kInitialStates), "backup",
       "master: at the start it waits for the adverts of one interval only."},
      {"down_timer_adverts", form::whole(1, 100), "3",
       "How many adverts a backup misses before it takes over; the same on every node."},
      {"witness", form::map(instance_witness_shape), "",
       "It is master only while it also has a lease of the witness."},
      {"notify", form::map(notify_shape), "", "Who is told of its changes of state."},
  };
}

const Shape& instance_shape() {
  static const Shape shape{"instance", "an instance", keys_of_instance(), {}};
  return shape;
}

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
  MapReader map(faults_, node, instance_shape());
  at_.name = map.text("name", instance_.name);
  at_.interface = map.text("interface", instance_.interface);
  at_.vrid = map.integer("virtual_router_id", instance_.vrid.value);
  const YamlNode* version = map.integer("version", instance_.version);
  at_.version_known = version != nullptr || !map.has("version");
  map.integer("priority", instance_.priority.value);
  if (at_.version_known) read_advert_interval(map);
  at_.preempt = map.find("preempt");
  if (at_.preempt != nullptr) read_preempt(map);
  at_.initial_state = map.choice("initial_state", kInitialStates, instance_.initial_master);
  map.integer("down_timer_adverts", instance_.down_timer_adverts);
  at_.checksum = map.choice("checksum", kChecksumForms, instance_.checksum);
  read_addresses(map);
  read_routing(map, "virtual_routes", "virtual_rules", faults_,
               {instance_.virtual_routes, instance_.virtual_rules, at_.routing});
  map.choice("strict", kStrictnesses, instance_.strict);
  read_address_lifetime(map, faults_, instance_.address_lifetime);
  const YamlNode* own_lifetime = map.find("address_lifetime");
  check_address_lifetime(instance_, own_lifetime == nullptr ? lifetime_at_ : own_lifetime, faults_);
  at_.accept = map.boolean("accept", instance_.accept);
  read_ways(map);
  read_firewall(map, instance_.firewall);
  check_firewall(map, instance_, faults_);
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
  const auto allowed = [&](Duration interval) {
    return interval >= grain && interval <= max && interval % grain == Duration{0};
  };
  map.duration("advert_interval", what, allowed, instance_.advert_interval);
}

void InstanceReader::read_preempt(MapReader& instance_map) {
  const YamlNode& node = *instance_map.find("preempt");
  if (node.kind != YamlNode::Kind::kMap) {
    instance_map.boolean("preempt", instance_.preempt, "true, false or {delay: 30s}");
    return;
  }
  MapReader map(faults_, node, preempt_shape());
  map.duration("delay", instance_.preempt_delay);
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
  for (const YamlNode* node : map.list("addresses")) {
    read("addresses", *node, instance_.addresses, at_.addresses);
  }
  for (const YamlNode* node : map.list("excluded_addresses")) {
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
  for (const YamlNode* node : map.list("allowed_sources")) {
    if (const auto network = read_network(faults_, "allowed_sources", *node)) {
      instance_.allowed_sources.push_back(*network);
      at_.sources.push_back(node);
    }
  }
  if (const YamlNode* unicast = map.find("unicast")) read_unicast(*unicast);
}

void InstanceReader::read_unicast(const YamlNode& node) {
  MapReader map(faults_, node, unicast_shape());
  UnicastConfig unicast;
  map.integer("ttl", unicast.ttl);
  for (const YamlNode* entry : map.list("peers")) {
    UnicastPeer peer;
    const YamlNode* place = entry;
    if (entry->kind == YamlNode::Kind::kMap) {
      MapReader peer_map(faults_, *entry, peer_shape());
      place = peer_map.find("address");
      peer_map.integer("min_ttl", peer.min_ttl);
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

const Shape& vrrp_shape() {
  static const Shape shape{
      "vrrp",
      "vrrp",
      {{"instances", form::list(form::map(instance_shape), 0, kInstancesMax), "",
        "The virtual routers."},
       {"sync_groups", form::list(form::map(sync_group_shape), 0, kGroupsMax), "",
        "Instances that are active together or not at all."},
       {"announce", form::map(announce_defaults_shape), "",
        "How neighbours are told, by all instances that do not say otherwise."},
       {"announce_groups", form::list(form::map(announce_group_shape), 0, kAnnounceGroupsMax), "",
        "Interfaces that share a limit of announcements."},
       {"start_delay", form::time(Duration{0}, kStartDelayMax), "0s",
        "No instance begins before it is over, when the daemon starts."},
       {"address_lifetime", form::address_lifetime(), "auto",
        "Of all instances that do not say otherwise."},
       {"firewall", form::firewall(), "none", "Of all instances that do not say otherwise."},
       {"notify", form::map(notify_defaults_shape), "",
        "Who is told of changes of state, of all instances that do not say otherwise."},
       {"process", form::map(process_shape), "",
        "How the vrrp-worker stands with the kernel, from its next start on."}},
      {}};
  return shape;
}

void read_vrrp(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, vrrp_shape());
  map.duration("start_delay", into.config.start_delay);
  InstanceConfig defaults;
  if (const YamlNode* found = map.find("announce")) {
    read_announce_defaults(*found, into, defaults.announce);
  }
  read_address_lifetime(map, into.faults, defaults.address_lifetime);
  read_firewall(map, defaults.firewall);
  read_announce_groups(map, into);
  if (map.has("notify")) read_notify_defaults(*map.find("notify"), into);
  for (const YamlNode* instance : map.list("instances")) {
    InstanceReader(into, defaults, map.find("address_lifetime")).read(*instance);
  }
  const auto groups = map.list("sync_groups");
  for (const YamlNode* group : groups) read_sync_group(*group, into);
}

}  // namespace holdfast
