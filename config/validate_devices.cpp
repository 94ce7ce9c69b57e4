// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string_view>

#include "config/scalars.h"
#include "config/validate.h"

namespace holdfast {

void check_virtual_devices(const Config& config, const Places& places, Faults& faults) {
  std::map<std::string_view, const YamlNode*> bases;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    if (places.instances[i].interface == nullptr) continue;
    bases.try_emplace(config.instances[i].interface, places.instances[i].interface);
  }
  std::map<std::string_view, const YamlNode*> names;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    if (!instance.virtual_device || at.virtual_device == nullptr || at.vrid == nullptr) continue;
    const std::string& name = instance.virtual_device->name;
    const auto refuse = [&](const std::string& why) {
      faults.add(*at.virtual_device, "name: the virtual device " + quote(name) + why +
                                         ", expected another name for it");
    };
    if (const auto base = bases.find(name); base != bases.end()) {
      refuse(" would have the name of an interface that an instance is on, at " +
             place_text(*base->second));
    } else if (const auto [first, fresh] = names.try_emplace(name, at.virtual_device); !fresh) {
      refuse(" is the one of another instance, at " + place_text(*first->second));
    }
    // An answer would have to find its way to the virtual MAC address, which a peer may have too.
    if (at.adverts_from != nullptr && instance.unicast &&
        !instance.virtual_device->adverts_from_base) {
      faults.add(*at.adverts_from,
                 "adverts_from: the adverts are unicast, expected base, or no adverts_from");
    }
  }
}

}  // namespace holdfast
