// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/nearest.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

// RFC 9568 §6.1: the owner of the addresses always preempts, and its priority is 255 always.
void check_owner(const InstanceConfig& instance, const InstancePlaces& places, Faults& faults) {
  if (instance.priority != kPriorityOwner) return;
  if (places.preempt != nullptr && (!instance.preempt || instance.preempt_delay > Duration{0})) {
    faults.add(*places.preempt,
               "preempt: the owner of the addresses (priority 255) always preempts at once, "
               "expected true, or a priority below 255");
  }
  if (places.initial_state != nullptr && !instance.initial_master) {
    faults.add(*places.initial_state,
               "initial_state: the owner of the addresses (priority 255) begins as master, "
               "expected master, or a priority below 255");
  }
  if (places.accept != nullptr && !instance.accept) {
    faults.add(*places.accept,
               "accept: the owner of the addresses (priority 255) always accepts, "
               "expected true, or a priority below 255");
  }
  for (const std::vector<TrackPlaces>* tracks :
       {&places.track_interfaces, &places.track_checks, &places.track_services,
        &places.track_addresses, &places.track_routes}) {
    for (const TrackPlaces& track : *tracks) {
      if (track.weight == nullptr) continue;
      faults.add(*track.weight,
                 "weight: nothing moves the priority of the owner of the addresses (255), "
                 "expected no weight, or a priority below 255");
    }
  }
}

// RFC 9568 §5.2.9: an advert carries addresses of its own family, IPv6 with a link-local one first.
void check_family(const InstanceConfig& instance, const InstancePlaces& places, Faults& faults) {
  const Family family = instance.family();
  const auto expect_family = [&](const IpAddress& address, const YamlNode* node,
                                 const std::string& key, std::string_view hint) {
    if (node == nullptr || address.family() == family) return;
    faults.add(*node, key + ": found " + quote(address.to_string()) + ", expected an IPv" +
                          (family == Family::kIpv4 ? "4" : "6") +
                          " address like the first of addresses" + std::string(hint));
  };
  for (std::size_t i = 0; i < instance.addresses.size(); ++i) {
    const IpAddress& address = instance.addresses[i].address;
    expect_family(address, places.addresses[i], "addresses",
                  "; those of the other family go to excluded_addresses");
    if (i > 0 && family == Family::kIpv6 && address.is_link_local() &&
        !instance.addresses[0].address.is_link_local()) {
      faults.add(*places.addresses[i], "addresses: " + quote(address.to_string()) +
                                           " is link-local, expected it to be the first");
    }
  }
  if (instance.source_address) {
    expect_family(*instance.source_address, places.source_address, "source_address", "");
  }
  if (instance.multicast_group) {
    expect_family(*instance.multicast_group, places.multicast_group, "multicast_group", "");
    if (instance.unicast && places.multicast_group != nullptr) {
      faults.add(*places.multicast_group,
                 "multicast_group: the adverts are unicast, expected one of both");
    }
  }
  for (std::size_t i = 0; i < instance.allowed_sources.size(); ++i) {
    expect_family(instance.allowed_sources[i].address, places.sources[i], "allowed_sources", "");
  }
  if (instance.unicast && places.allowed_sources != nullptr) {
    faults.add(*places.allowed_sources,
               "allowed_sources: the adverts are unicast, whose peers say who is heard");
  }
  if (family == Family::kIpv6 && places.version_known && instance.version == VrrpVersion::k2) {
    faults.add(*places.addresses[0], "addresses: version 2 has no IPv6, expected version 3");
  }
  const std::size_t max = instance.hmac ? 88 : 90;  // what fits into one packet of 1500 bytes
  if (family == Family::kIpv6 && instance.addresses.size() > max) {
    faults.add(*places.addresses[max], "addresses: expected at most " + std::to_string(max) +
                                           " IPv6 addresses; more go to excluded_addresses");
  }
  if (!instance.unicast) return;
  for (std::size_t i = 0; i < instance.unicast->peers.size(); ++i) {
    expect_family(instance.unicast->peers[i].address, places.peers[i], "peers", "");
  }
}

// What must be given once: the key, and the place where it was given first.
template <typename Key>
class Once {
 public:
  // The first place, if `node` is not the first. A null node is not counted.
  const YamlNode* first(Key key, const YamlNode* node) {
    if (node == nullptr) return nullptr;
    const auto [entry, fresh] = seen_.try_emplace(std::move(key), node);
    return fresh ? nullptr : entry->second;
  }

 private:
  std::map<Key, const YamlNode*> seen_;
};

// RFC 4007 §6: what is sent from a link-local address stays on the link, and the source is one.
void check_peers(const InstanceConfig& instance, const InstancePlaces& places, Faults& faults) {
  if (!instance.unicast) return;
  const std::vector<UnicastPeer>& peers = instance.unicast->peers;
  Once<IpAddress> once;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const IpAddress& address = peers[i].address;
    const YamlNode& node = *places.peers[i];
    if (const YamlNode* first = once.first(address, &node)) {
      faults.add(node, "peers: " + quote(address.to_string()) + " is given already, at " +
                           place_text(*first));
    } else if (instance.source_address == address) {
      faults.add(node, "peers: found " + quote(address.to_string()) +
                           ", which is the source_address of this node itself, expected the "
                           "other nodes");
    } else if (!address.is_v4() && !peers[0].address.is_v4() &&
               address.is_link_local() != peers[0].address.is_link_local()) {
      faults.add(node, "peers: found " + quote(address.to_string()) +
                           ", expected all of them to be link-local or none");
    }
  }
}

void check_tracked_once(const InstanceConfig& instance, const InstancePlaces& places,
                        Faults& faults) {
  Once<std::string_view> interfaces;
  for (std::size_t i = 0; i < instance.track_interfaces.size(); ++i) {
    const std::string& name = instance.track_interfaces[i].interface;
    const YamlNode* node = places.track_interfaces[i].name;
    if (const YamlNode* first = interfaces.first(name, node)) {
      faults.add(*node,
                 "interface: " + quote(name) + " is tracked already, at " + place_text(*first));
    }
  }
  Once<std::string_view> checks;
  for (std::size_t i = 0; i < instance.track_checks.size(); ++i) {
    const std::string& name = instance.track_checks[i].check;
    const YamlNode* node = places.track_checks[i].name;
    if (const YamlNode* first = checks.first(name, node)) {
      faults.add(*node, "check: " + quote(name) + " is tracked already, at " + place_text(*first));
    }
  }
  Once<std::string_view> services;
  for (std::size_t i = 0; i < instance.track_services.size(); ++i) {
    const std::string& name = instance.track_services[i].service;
    const YamlNode* node = places.track_services[i].name;
    if (const YamlNode* first = services.first(name, node)) {
      faults.add(*node, "virtual_server: " + quote(name) + " is tracked already, at " +
                            place_text(*first));
    }
  }
}

void check_tracked_addresses(const InstanceConfig& instance, const InstancePlaces& places,
                             Faults& faults) {
  Once<std::pair<std::string_view, IpAddress>> tracked;
  const std::vector<VirtualAddress> held = instance.held();
  for (std::size_t i = 0; i < instance.track_addresses.size(); ++i) {
    const TrackAddress& track = instance.track_addresses[i];
    const std::string address = quote(track.address.to_string());
    const YamlNode* node = places.track_addresses[i].name;
    if (const YamlNode* first = tracked.first({track.interface, track.address}, node)) {
      faults.add(*node, "address: " + address + " is tracked already, at " + place_text(*first));
    }
    if (std::any_of(held.begin(), held.end(),
                    [&](const VirtualAddress& own) { return own.address == track.address; })) {
      faults.add(*node, "address: " + address +
                            " is the instance's own, which comes and goes with its state");
    }
  }
}

// While its own interface is down but not yet known to be, a router is silent: the peers must hear
// of the fault before they miss its adverts.
void check_down_delay(const InstanceConfig& instance, const InstancePlaces& places,
                      Faults& faults) {
  const Duration limit = (instance.down_timer_adverts - 1) * instance.advert_interval;
  for (std::size_t i = 0; i < instance.track_interfaces.size(); ++i) {
    const TrackInterface& track = instance.track_interfaces[i];
    const YamlNode* node = places.track_interfaces[i].down_delay;
    if (node == nullptr || track.interface != instance.interface || track.down_delay < limit ||
        track.down_delay == Duration{0}) {
      continue;
    }
    faults.add(*node, "down_delay: found " + quote(node->text) + ", expected less than " +
                          duration_text(limit) + ": for longer, a peer takes the silence of " +
                          quote(instance.interface) + " for the end of this router");
  }
}

// keepalived's rule too: who takes part in an election at once takes over from a lower priority.
void check_initial_state(const InstanceConfig& instance, const InstancePlaces& places,
                         Faults& faults) {
  if (places.initial_state == nullptr || !instance.initial_master) return;
  if (instance.preempt && instance.preempt_delay == Duration{0}) return;
  faults.add(*places.initial_state,
             "initial_state: master takes over at once, but preempt says not to, expected backup");
}

void check_instances_unique(const Config& config, const Places& places, Faults& faults) {
  Once<std::string_view> names;
  Once<std::tuple<std::string_view, Family, Vrid>> routers;
  Once<std::pair<std::string_view, IpAddress>> addresses;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    if (const YamlNode* first = names.first(instance.name, at.name)) {
      faults.add(*at.name, "name: " + quote(instance.name) +
                               " is the name of another instance, at " + place_text(*first));
    }
    const YamlNode* vrid = at.interface != nullptr ? at.vrid : nullptr;
    if (const YamlNode* first =
            routers.first({instance.interface, instance.family(), instance.vrid}, vrid)) {
      faults.add(*vrid, "virtual_router_id: " + std::to_string(instance.vrid.value) +
                            " is used on " + quote(instance.interface) +
                            " by another instance, at " + place_text(*first));
    }
    const auto check_once = [&](const char* key, const std::vector<VirtualAddress>& given,
                                const std::vector<const YamlNode*>& nodes) {
      for (std::size_t j = 0; j < given.size(); ++j) {
        const IpAddress& address = given[j].address;
        // A link-local address is one of its link.
        const std::string_view scope = address.is_link_local()
                                           ? std::string_view{instance.device_of(given[j])}
                                           : std::string_view{};
        if (const YamlNode* first = addresses.first({scope, address}, nodes[j])) {
          faults.add(*nodes[j], std::string(key) + ": " + quote(address.to_string()) +
                                    " is given already, at " + place_text(*first));
        }
      }
    };
    check_once("addresses", instance.addresses, at.addresses);
    check_once("excluded_addresses", instance.excluded_addresses, at.excluded_addresses);
  }
}

void check_checks(const Config& config, const Places& places, Faults& faults) {
  Once<std::string_view> names;
  for (std::size_t i = 0; i < config.checks.size(); ++i) {
    const CheckConfig& check = config.checks[i];
    const CheckPlaces& at = places.checks[i];
    if (const YamlNode* first = names.first(check.name, at.name)) {
      faults.add(*at.name, "name: " + quote(check.name) + " is the name of another check, at " +
                               place_text(*first));
    }
    if (at.timeout != nullptr && check.timeout > check.interval) {
      faults.add(*at.timeout, "timeout: found " + quote(at.timeout->text) +
                                  ", expected at most the interval, " +
                                  duration_text(check.interval));
    }
  }
}

void check_tracked_exist(const Config& config, const Places& places, Faults& faults) {
  if (!places.all_checks_named) return;
  std::vector<std::string_view> candidates;
  for (const CheckConfig& check : config.checks) candidates.push_back(check.name);
  const std::set<std::string_view> names(candidates.begin(), candidates.end());
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    for (std::size_t j = 0; j < instance.track_checks.size() && !faults.full(); ++j) {
      const std::string& name = instance.track_checks[j].check;
      if (names.contains(name)) continue;
      faults.add(*places.instances[i].track_checks[j].name,
                 "check: no check is called " + quote(name) + did_you_mean(name, candidates));
    }
  }
}

void check_services(const Config& config, const Places& places, Faults& faults) {
  Once<std::string_view> names;
  std::vector<std::string_view> candidates;
  for (std::size_t i = 0; i < config.virtual_servers.size(); ++i) {
    const std::string& name = config.virtual_servers[i].name;
    candidates.push_back(name);
    if (const YamlNode* first = names.first(name, places.services[i])) {
      faults.add(*places.services[i], "name: " + quote(name) +
                                          " is the name of another virtual server, at " +
                                          place_text(*first));
    }
  }
  if (!places.all_services_named) return;
  const std::set<std::string_view> known(candidates.begin(), candidates.end());
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const std::vector<TrackService>& tracks = config.instances[i].track_services;
    for (std::size_t j = 0; j < tracks.size() && !faults.full(); ++j) {
      if (known.contains(tracks[j].service)) continue;
      faults.add(*places.instances[i].track_services[j].name,
                 "virtual_server: no virtual server is called " + quote(tracks[j].service) +
                     did_you_mean(tracks[j].service, candidates));
    }
  }
}

}  // namespace

void validate(const Config& config, const Places& places, Faults& faults) {
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    check_owner(instance, at, faults);
    if (!instance.addresses.empty()) check_family(instance, at, faults);
    check_peers(instance, at, faults);
    check_tracked_once(instance, at, faults);
    check_tracked_addresses(instance, at, faults);
    check_down_delay(instance, at, faults);
    check_initial_state(instance, at, faults);
    if (at.checksum != nullptr && at.version_known && instance.version == VrrpVersion::k2) {
      faults.add(*at.checksum, "checksum: version 2 has one form only, expected version 3");
    }
    if (at.password != nullptr && at.version_known && instance.version == VrrpVersion::k3) {
      faults.add(*at.password, "password: version 3 has none, expected version 2, or keys");
    }
  }
  check_instances_unique(config, places, faults);
  check_virtual_devices(config, places, faults);
  check_tracked_exist(config, places, faults);
  check_checks(config, places, faults);
  check_services(config, places, faults);
  validate_routing(config, places, faults);
  check_witness(config, places, faults);
}

}  // namespace holdfast
