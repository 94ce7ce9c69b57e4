// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_parts.h"
#include "config/load_routes.h"
#include "config/reader.h"
#include "config/shapes.h"

// What stands under `track`.
namespace holdfast {
namespace {

constexpr std::size_t kTrackMax = 64;
constexpr Duration kDelayMax = std::chrono::seconds{255};
constexpr int kWeightMax = 253;  // moves a priority from one end of 1..254 to the other

class TrackReader {
 public:
  TrackReader(const YamlNode& node, Faults& faults)
      : node_(node), faults_(faults), map_(faults, node, track_shape()) {}

  void read(InstanceConfig& instance, InstancePlaces& at) {
    if (!map_.is_map() || !has_one_subject()) return;
    read_weight();
    map_.boolean("reverse", reverse_);
    std::string name;
    if (map_.has("address")) {
      read_address(instance, at);
    } else if (map_.has("route")) {
      read_route(instance, at);
    } else if (const YamlNode* place = map_.text("interface", name)) {
      TrackInterface track{name, weight_, reverse_};
      map_.duration("down_delay", track.down_delay);
      track.up_delay = track.down_delay;
      map_.duration("up_delay", track.up_delay);
      instance.track_interfaces.push_back(std::move(track));
      at.track_interfaces.push_back({place, map_.find("weight"), map_.find("down_delay")});
    } else if (const YamlNode* check = map_.text("check", name)) {
      instance.track_checks.push_back({name, weight_, reverse_});
      at.track_checks.push_back({check, map_.find("weight")});
    } else if (const YamlNode* service = map_.text("virtual_server", name)) {
      instance.track_services.push_back({name, weight_, reverse_});
      at.track_services.push_back({service, map_.find("weight")});
    }
  }

 private:
  // An interface beside an address or a route says where that is to be.
  bool has_one_subject() {
    const bool address = map_.has("address");
    const bool route = map_.has("route");
    const bool interface = map_.has("interface") && !address && !route;
    const int subjects = (address ? 1 : 0) + (route ? 1 : 0) + (interface ? 1 : 0) +
                         (map_.has("check") ? 1 : 0) + (map_.has("virtual_server") ? 1 : 0);
    if (subjects != 1) {
      faults_.add(node_,
                  "a track entry needs either 'interface', 'check', 'virtual_server', 'address' or "
                  "'route'");
      return false;
    }
    for (const std::string_view key : {"up_delay", "down_delay"}) {
      const YamlNode* delay = map_.find(key);
      if (delay == nullptr || interface) continue;
      faults_.add(*delay, std::string(key) + ": only an interface has one");
    }
    for (const std::string_view key : {"table", "via"}) {
      const YamlNode* of_route = map_.find(key);
      if (of_route == nullptr || route) continue;
      faults_.add(*of_route, std::string(key) + ": only a route has one");
    }
    return true;
  }

  void read_weight() {
    if (int number = 0; map_.integer("weight", number) != nullptr) {
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
        !map_.has("interface") || map_.text("interface", track.interface) != nullptr;
    const std::optional<IpAddress> address = read_host(faults_, "address", *place);
    if (!address || !interface_good) return;
    track.address = *address;
    instance.track_addresses.push_back(std::move(track));
    at.track_addresses.push_back({place, map_.find("weight")});
  }

  void read_route(InstanceConfig& instance, InstancePlaces& at) {
    const YamlNode* place = map_.find("route");
    TrackRoute track;
    track.weight = weight_;
    track.reverse = reverse_;
    const bool interface_good =
        !map_.has("interface") || map_.text("interface", track.interface) != nullptr;
    const bool table_good = read_route_table(map_, track.table);
    const YamlNode* via = map_.find("via");
    if (via != nullptr) track.via = read_host(faults_, "via", *via);
    std::optional<IpPrefix> to = read_destination(faults_, "route", *place);
    if (!to || !interface_good || !table_good || (via != nullptr && !track.via)) return;
    if (place->text == "default" && track.via && !track.via->is_v4()) to = {IpAddress::v6({}), 0};
    track.to = *to;
    if (track.via && track.via->family() != track.to.address.family()) {
      faults_.add(*via, "via: found an address of another family than that of route");
      return;
    }
    instance.track_routes.push_back(std::move(track));
    at.track_routes.push_back({place, map_.find("weight")});
  }

  const YamlNode& node_;
  Faults& faults_;
  MapReader map_;
  std::optional<int> weight_;
  bool reverse_ = false;
};

}  // namespace

const Shape& track_shape() {
  static const Shape shape{
      "track",
      "a track entry",
      {{"interface", form::text(kInterfaceText), "", "Another interface that must be up."},
       {"check", form::text(kNameText), "", "The name of a check that must be up."},
       {"virtual_server", form::text(kNameText), "",
        "The name of a virtual server that must have its quorum."},
       {"address", form::text(kHostText), "",
        "An address that this node must have; with interface: on that one."},
       {"route", form::words({"default"}) | form::text(kNetworkText), "",
        "A route to this network that the kernel must have."},
       {"table", form::table(), "main", "Only of a route: where it must be."},
       {"via", form::text(kHostText), "", "Only of a route: its next router; otherwise any."},
       {"weight", form::whole(-kWeightMax, kWeightMax), "",
        "Negative: added while it is down; positive: while it is up; none: FAULT while down."},
       {"reverse", form::boolean(), "false", "true: the other way."},
       {"up_delay", form::time(Duration{0}, kDelayMax), "",
        "Only of an interface: it counts as up once it has been up for so long; as down_delay."},
       {"down_delay", form::time(Duration{0}, kDelayMax), "0s",
        "Only of an interface: it counts as down once it has been down for so long."}},
      {}};
  return shape;
}

Forms form::tracks() {
  return list(map(track_shape), 0, kTrackMax);
}

void read_tracks(MapReader& map, Faults& faults, InstanceConfig& instance, InstancePlaces& at) {
  for (const YamlNode* track : map.list("track")) {
    TrackReader(*track, faults).read(instance, at);
  }
}

}  // namespace holdfast
