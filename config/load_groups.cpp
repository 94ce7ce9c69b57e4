// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load_parts.h"
#include "config/nearest.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `sync_groups`. The instances are read already.
namespace holdfast {
namespace {

constexpr std::size_t kMembersMax = 4096;

class GroupReader {
 public:
  explicit GroupReader(const Reading& into) : faults_(into.faults), into_(into) {}

  void read(const YamlNode& node) {
    MapReader map(faults_, node, sync_group_shape());
    const YamlNode* name = map.text("name", group_.name);
    if (name != nullptr && is_taken(group_.name)) {
      faults_.add(*name, "name: " + quote(group_.name) + " is the name of another sync group");
    }
    read_tracks(map, faults_, shared_, shared_at_);
    if (map.has("notify")) {
      into_.config.notify.groups[group_.name] = read_notify(*map.find("notify"), into_);
    }
    for (const YamlNode* member : map.list("instances")) read_member(*member);
    into_.config.sync_groups.push_back(std::move(group_));
  }

 private:
  bool is_taken(const std::string& name) const {
    const auto& groups = into_.config.sync_groups;
    return std::any_of(groups.begin(), groups.end(),
                       [&](const SyncGroupConfig& group) { return group.name == name; });
  }

  void read_member(const YamlNode& node) {
    const YamlText* name = read_text(faults_, "instances", node, "the name of an instance");
    if (name == nullptr) return;
    auto& instances = into_.config.instances;
    const auto it = std::find_if(instances.begin(), instances.end(),
                                 [&](const InstanceConfig& one) { return one.name == *name; });
    if (it == instances.end()) {
      std::vector<std::string_view> candidates;
      for (const InstanceConfig& one : instances) candidates.push_back(one.name);
      faults_.add(node, "instances: no instance is called " + quote(*name) +
                            did_you_mean(*name, candidates));
    } else if (!it->sync_group.empty()) {
      faults_.add(node, "instances: " + quote(*name) + " is in the sync group " +
                            quote(it->sync_group) + " already");
    } else {
      const auto index = static_cast<std::size_t>(it - instances.begin());
      join(*it, into_.places.instances[index], node);
    }
  }

  void join(InstanceConfig& instance, InstancePlaces& at, const YamlNode& node) {
    const bool owner = instance.priority == kPriorityOwner;
    if (group_.instances.empty()) owners_ = owner;
    if (owner != owners_) {
      faults_.add(node, "instances: " + quote(instance.name) +
                            (owner ? " owns its addresses (priority 255) and "
                                   : " does not own its addresses (priority 255) and ") +
                            quote(group_.instances.front()) +
                            (owner ? " does not: they cannot move together"
                                   : " does: they cannot move together"));
    }
    instance.sync_group = group_.name;
    group_.instances.push_back(instance.name);
    add_tracks(shared_.track_interfaces, shared_at_.track_interfaces, instance.track_interfaces,
               at.track_interfaces, &TrackInterface::interface);
    add_tracks(shared_.track_checks, shared_at_.track_checks, instance.track_checks,
               at.track_checks, &TrackCheck::check);
    add_tracks(shared_.track_services, shared_at_.track_services, instance.track_services,
               at.track_services, &TrackService::service);
    add_tracks(shared_.track_addresses, shared_at_.track_addresses, instance.track_addresses,
               at.track_addresses, &TrackAddress::address);
    add_tracks(shared_.track_routes, shared_at_.track_routes, instance.track_routes,
               at.track_routes, &TrackRoute::to);
  }

  // What a member tracks itself stays as it says.
  template <typename Track, typename Subject>
  static void add_tracks(const std::vector<Track>& shared, const std::vector<TrackPlaces>& places,
                         std::vector<Track>& own, std::vector<TrackPlaces>& own_places,
                         Subject Track::*subject) {
    for (std::size_t i = 0; i < shared.size(); ++i) {
      const bool has = std::any_of(own.begin(), own.end(), [&](const Track& track) {
        return track.*subject == shared[i].*subject;
      });
      if (has) continue;
      own.push_back(shared[i]);
      own_places.push_back(places[i]);
    }
  }

  Faults& faults_;
  const Reading& into_;
  SyncGroupConfig group_;
  InstanceConfig shared_;  // what the group tracks
  InstancePlaces shared_at_;
  bool owners_ = false;
};

}  // namespace

const Shape& sync_group_shape() {
  static const Shape shape{
      "sync_group",
      "a sync group",
      {{"name", form::text(kNameText), kRequired, "In status, logs and notify scripts; unique."},
       {"instances", form::list(form::text(kNameText), 1, kMembersMax), kRequired,
        "Names of instances, each in one group only."},
       {"track", form::tracks(), "", "What each member tracks besides its own."},
       {"notify", form::map(notify_shape), "", "Who is told of the group's changes of state."}},
      {}};
  return shape;
}

void read_sync_group(const YamlNode& node, const Reading& into) {
  GroupReader(into).read(node);
}

}  // namespace holdfast
