// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
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
  for (const std::vector<TrackPlaces>* tracks : {&places.track_interfaces, &places.track_checks}) {
    for (const TrackPlaces& track : *tracks) {
      if (track.weight == nullptr) continue;
      faults.add(*track.weight,
                 "weight: nothing moves the priority of the owner of the addresses (255), "
                 "expected no weight, or a priority below 255");
    }
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
}

void check_instances_unique(const Config& config, const Places& places, Faults& faults) {
  Once<std::string_view> names;
  Once<std::pair<std::string_view, Vrid>> routers;
  Once<IpAddress> addresses;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    if (const YamlNode* first = names.first(instance.name, at.name)) {
      faults.add(*at.name, "name: " + quote(instance.name) +
                               " is the name of another instance, at " + place_text(*first));
    }
    const YamlNode* vrid = at.interface != nullptr ? at.vrid : nullptr;
    if (const YamlNode* first = routers.first({instance.interface, instance.vrid}, vrid)) {
      faults.add(*vrid, "virtual_router_id: " + std::to_string(instance.vrid.value) +
                            " is used on " + quote(instance.interface) +
                            " by another instance, at " + place_text(*first));
    }
    for (std::size_t j = 0; j < instance.addresses.size(); ++j) {
      const IpAddress& address = instance.addresses[j].address;
      if (const YamlNode* first = addresses.first(address, at.addresses[j])) {
        faults.add(*at.addresses[j], "addresses: " + quote(address.to_string()) +
                                         " is given already, at " + place_text(*first));
      }
    }
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

}  // namespace

void validate(const Config& config, const Places& places, Faults& faults) {
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    check_owner(instance, at, faults);
    check_tracked_once(instance, at, faults);
    if (at.checksum != nullptr && at.version_known && instance.version == VrrpVersion::k2) {
      faults.add(*at.checksum, "checksum: version 2 has one form only, expected version 3");
    }
  }
  check_instances_unique(config, places, faults);
  check_tracked_exist(config, places, faults);
  check_checks(config, places, faults);
}

}  // namespace holdfast
