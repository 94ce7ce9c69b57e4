// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `announce` and `announce_groups`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr int kRepeatMax = 100;
constexpr Duration kDelayMax = hours{1};
constexpr Duration kRefreshMax = hours{24};
constexpr Duration kGapMax = seconds{10};
constexpr std::size_t kMembersMax = 4096;

const Shape& lower_priority_shape() {
  static const Shape shape{
      "lower_priority",
      "lower_priority",
      {{"repeat", form::whole(0, kRepeatMax), "",
        "How often each address when another took itself for the master, and loses; as repeat."},
       {"delay", form::time(Duration{0}, kDelayMax), "",
        "The second burst comes so much later; as delay."}},
      {}};
  return shape;
}

Keys announce_keys() {
  return {
      {"repeat", form::whole(1, kRepeatMax), "5",
       "How often each address is announced on becoming master."},
      {"delay", form::time(Duration{0}, kDelayMax), "5s",
       "The second burst comes so much later; 0s: none."},
      {"delay_repeat", form::whole(1, kRepeatMax), "",
       "How often each address in the second burst; as repeat."},
      {"refresh", form::time(Duration{0}, kRefreshMax), "0s",
       "So often again while master, from 1s on; 0s: never."},
      {"refresh_repeat", form::whole(1, kRepeatMax), "1", "How often each address then."},
      {"lower_priority", form::map(lower_priority_shape), "",
       "When another node is heard that took itself for the master, and loses."},
  };
}

Keys gap_keys(std::string_view preset) {
  return {{"arp_interval", form::time(Duration{0}, kGapMax), preset,
           "The least time between two gratuitous ARP frames of an interface."},
          {"na_interval", form::time(Duration{0}, kGapMax), preset,
           "The least time between two neighbour advertisements of an interface."}};
}

void read_repeat(MapReader& map, std::string_view key, std::optional<int>& value) {
  if (int number = 0; map.integer(key, number) != nullptr) value = number;
}

void read_refresh(MapReader& map, AnnounceConfig& announce) {
  constexpr std::string_view kWhat = "0s (none), or a time from 1s to 24h";
  const auto allowed = [](Duration one) {
    return one == Duration{0} || (one >= seconds{1} && one <= kRefreshMax);
  };
  map.duration("refresh", kWhat, allowed, announce.refresh);
}

void read_announce(MapReader& map, Faults& faults, AnnounceConfig& announce) {
  map.integer("repeat", announce.repeat);
  map.duration("delay", announce.delay);
  read_repeat(map, "delay_repeat", announce.delay_repeat);
  read_refresh(map, announce);
  map.integer("refresh_repeat", announce.refresh_repeat);
  const YamlNode* node = map.find("lower_priority");
  if (node == nullptr) return;
  MapReader lower(faults, *node, lower_priority_shape());
  read_repeat(lower, "repeat", announce.lower_priority_repeat);
  if (Duration delay{}; lower.duration("delay", delay) != nullptr) {
    announce.lower_priority_delay = delay;
  }
}

void read_gap(MapReader& map, AnnounceGap& gap) {
  map.duration("arp_interval", gap.arp);
  map.duration("na_interval", gap.na);
}

bool is_grouped(const AnnounceLimits& limits, const std::string& interface) {
  return std::any_of(limits.groups.begin(), limits.groups.end(), [&](const AnnounceGroup& group) {
    return std::find(group.interfaces.begin(), group.interfaces.end(), interface) !=
           group.interfaces.end();
  });
}

void read_group(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, announce_group_shape());
  AnnounceLimits& limits = into.config.announce_limits;
  AnnounceGroup& group = limits.groups.emplace_back();
  group.gap = limits.gap;
  read_gap(map, group.gap);
  for (const YamlNode* member : map.list("interfaces")) {
    const YamlText* name = read_interface(into.faults, "interfaces", *member);
    if (name == nullptr) continue;
    if (is_grouped(limits, *name)) {
      into.faults.add(*member, "interfaces: " + quote(*name) + " is in an announce group already");
    } else {
      group.interfaces.push_back(*name);
    }
  }
}

}  // namespace

const Shape& announce_shape() {
  static const Shape shape = [] {
    Keys keys = announce_keys();
    for (Key& key : keys) key.preset = {};  // the defaults are those of `vrrp`
    return Shape{"announce", "announce", keys, {}};
  }();
  return shape;
}

const Shape& announce_defaults_shape() {
  static const Shape shape{"announce_defaults", "announce", announce_keys() + gap_keys("0s"), {}};
  return shape;
}

const Shape& announce_group_shape() {
  static const Shape shape{
      "announce_group",
      "an announce group",
      Keys{{"interfaces", form::list(form::text(kInterfaceText), 1, kMembersMax), kRequired,
            "Interfaces that lead to one switch; each in one group only."}} +
          gap_keys(""),
      {}};
  return shape;
}

void read_announce(const YamlNode& node, Faults& faults, AnnounceConfig& announce) {
  MapReader map(faults, node, announce_shape());
  read_announce(map, faults, announce);
}

void read_announce_defaults(const YamlNode& node, const Reading& into, AnnounceConfig& announce) {
  MapReader map(into.faults, node, announce_defaults_shape());
  read_announce(map, into.faults, announce);
  read_gap(map, into.config.announce_limits.gap);
}

void read_announce_groups(MapReader& map, const Reading& into) {
  for (const YamlNode* group : map.list("announce_groups")) {
    read_group(*group, into);
  }
}

}  // namespace holdfast
