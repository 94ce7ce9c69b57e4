// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <string>

#include "config/load_parts.h"
#include "config/reader.h"

// What stands under `track`.
namespace holdfast {
namespace {

constexpr std::size_t kTrackMax = 64;
constexpr int kWeightMax = 253;  // moves a priority from one end of 1..254 to the other

void read_track(const YamlNode& node, Faults& faults, InstanceConfig& instance,
                InstancePlaces& at) {
  MapReader map(faults, node, "a track entry", {"interface", "check", "weight"});
  if (!map.is_map()) return;
  if (map.has("interface") == map.has("check")) {
    faults.add(node, "a track entry needs either 'interface' or 'check'");
    return;
  }
  std::optional<int> weight;
  if (int number = 0; map.integer("weight", -kWeightMax, kWeightMax, number) != nullptr) {
    weight = number;
    if (number == 0) {
      expected(faults, "weight", *map.find("weight"), "-253 to -1 or 1 to 253",
               ", or no weight at all: then FAULT while it is down");
    }
  }
  std::string name;
  if (const YamlNode* place = map.interface("interface", name)) {
    instance.track_interfaces.push_back({name, weight});
    at.track_interfaces.push_back({place, map.find("weight")});
  } else if (const YamlNode* check = map.name("check", name)) {
    instance.track_checks.push_back({name, weight});
    at.track_checks.push_back({check, map.find("weight")});
  }
}

}  // namespace

void read_tracks(MapReader& map, Faults& faults, InstanceConfig& instance, InstancePlaces& at) {
  for (const YamlNode* track : map.list("track", 0, kTrackMax)) {
    read_track(*track, faults, instance, at);
  }
}

}  // namespace holdfast
