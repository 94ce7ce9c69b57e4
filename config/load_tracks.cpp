// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_parts.h"
#include "config/reader.h"

// What stands under `track`.
namespace holdfast {
namespace {

constexpr std::size_t kTrackMax = 64;
constexpr Duration kDelayMax = std::chrono::seconds{255};
constexpr int kWeightMax = 253;  // moves a priority from one end of 1..254 to the other

class TrackReader {
 public:
  TrackReader(const YamlNode& node, Faults& faults)
      : node_(node),
        faults_(faults),
        map_(faults, node, "a track entry",
             {"interface", "check", "address", "weight", "reverse", "up_delay", "down_delay"}) {}

  void read(InstanceConfig& instance, InstancePlaces& at) {
    if (!map_.is_map() || !has_one_subject()) return;
    read_weight();
    map_.boolean("reverse", "true or false", reverse_);
    std::string name;
    if (map_.has("address")) {
      read_address(instance, at);
    } else if (const YamlNode* place = map_.interface("interface", name)) {
      TrackInterface track{name, weight_, reverse_};
      map_.duration("down_delay", Duration{0}, kDelayMax, track.down_delay);
      track.up_delay = track.down_delay;
      map_.duration("up_delay", Duration{0}, kDelayMax, track.up_delay);
      instance.track_interfaces.push_back(std::move(track));
      at.track_interfaces.push_back({place, map_.find("weight"), map_.find("down_delay")});
    } else if (const YamlNode* check = map_.name("check", name)) {
      instance.track_checks.push_back({name, weight_, reverse_});
      at.track_checks.push_back({check, map_.find("weight")});
    }
  }

 private:
  // An interface beside an address says where that is to be.
  bool has_one_subject() {
    const bool address = map_.has("address");
    const int subjects = (address || map_.has("interface") ? 1 : 0) + (map_.has("check") ? 1 : 0);
    if (subjects != 1) {
      faults_.add(node_, "a track entry needs either 'interface', 'check' or 'address'");
      return false;
    }
    for (const std::string_view key : {"up_delay", "down_delay"}) {
      const YamlNode* delay = map_.find(key);
      if (delay == nullptr || (map_.has("interface") && !address)) continue;
      faults_.add(*delay, std::string(key) + ": only an interface has one");
    }
    return true;
  }

  void read_weight() {
    if (int number = 0; map_.integer("weight", -kWeightMax, kWeightMax, number) != nullptr) {
      weight_ = number;
      if (number == 0) {
        expected(faults_, "weight", *map_.find("weight"), "-253 to -1 or 1 to 253",
                 ", or no weight at all: then FAULT while it is down");
      }
    }
  }

  void read_address(InstanceConfig& instance, InstancePlaces& at) {
    const YamlNode* place = map_.find("address");
    TrackAddress track{{}, {}, weight_, reverse_};
    const bool interface_good =
        !map_.has("interface") || map_.interface("interface", track.interface) != nullptr;
    const std::optional<IpAddress> address = read_host(faults_, "address", *place);
    if (!address || !interface_good) return;
    track.address = *address;
    instance.track_addresses.push_back(std::move(track));
    at.track_addresses.push_back({place, map_.find("weight")});
  }

  const YamlNode& node_;
  Faults& faults_;
  MapReader map_;
  std::optional<int> weight_;
  bool reverse_ = false;
};

}  // namespace

void read_tracks(MapReader& map, Faults& faults, InstanceConfig& instance, InstancePlaces& at) {
  for (const YamlNode* track : map.list("track", 0, kTrackMax)) {
    TrackReader(*track, faults).read(instance, at);
  }
}

}  // namespace holdfast
