// SPDX-License-Identifier: Apache-2.0
#pragma once

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
};

void read_vrrp(const YamlNode& node, const Reading& into);
void read_check(const YamlNode& node, const Reading& into);

// After the instances: gives its members what the group tracks.
void read_sync_group(const YamlNode& node, const Reading& into);
// What stands under `authentication`, once version and advert_interval are read.
void read_authentication(const YamlNode& node, const Reading& into, InstanceConfig& instance,
                         InstancePlaces& at);
// What stands under `track`, of an instance or of a group.
void read_tracks(MapReader& map, Faults& faults, InstanceConfig& instance, InstancePlaces& at);

}  // namespace holdfast
