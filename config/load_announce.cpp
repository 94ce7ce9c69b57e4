// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"

// What stands under `announce` and `announce_groups`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr int kRepeatMax = 100;
constexpr Duration kDelayMax = hours{1};
constexpr Duration kRefreshMax = hours{24};
constexpr Duration kGapMax = seconds{10};
constexpr std::size_t kGroupsMax = 1024;
constexpr std::size_t kMembersMax = 4096;

void read_repeat(MapReader& map, std::string_view key, int least, std::optional<int>& value) {
  if (int number = 0; map.integer(key, least, kRepeatMax, number) != nullptr) value = number;
}

void read_refresh(MapReader& map, Faults& faults, AnnounceConfig& announce) {
  constexpr std::string_view kWhat = "0s (none), or a time from 1s to 24h";
  Duration refresh{};
  const YamlNode* node = map.duration("refresh", kWhat, refresh);
  if (node == nullptr) return;
  if (refresh != Duration{0} && (refresh < seconds{1} || refresh > kRefreshMax)) {
    expected(faults, "refresh", *node, kWhat);
  } else {
    announce.refresh = refresh;
  }
}

void read_announce(MapReader& map, Faults& faults, AnnounceConfig& announce) {
  map.integer("repeat", 1, kRepeatMax, announce.repeat);
  map.duration("delay", Duration{0}, kDelayMax, announce.delay);
  read_repeat(map, "delay_repeat", 1, announce.delay_repeat);
  read_refresh(map, faults, announce);
  map.integer("refresh_repeat", 1, kRepeatMax, announce.refresh_repeat);
  const YamlNode* node = map.find("lower_priority");
  if (node == nullptr) return;
  MapReader lower(faults, *node, "lower_priority", {"repeat", "delay"});
  read_repeat(lower, "repeat", 0, announce.lower_priority_repeat);
  if (Duration delay{}; lower.duration("delay", Duration{0}, kDelayMax, delay) != nullptr) {
    announce.lower_priority_delay = delay;
  }
}

void read_gap(MapReader& map, AnnounceGap& gap) {
  map.duration("arp_interval", Duration{0}, kGapMax, gap.arp);
  map.duration("na_interval", Duration{0}, kGapMax, gap.na);
}

bool is_grouped(const AnnounceLimits& limits, const std::string& interface) {
  return std::any_of(limits.groups.begin(), limits.groups.end(), [&](const AnnounceGroup& group) {
    return std::find(group.interfaces.begin(), group.interfaces.end(), interface) !=
           group.interfaces.end();
  });
}

void read_group(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "an announce group",
                {"interfaces", "arp_interval", "na_interval"});
  map.require({"interfaces"});
  AnnounceLimits& limits = into.config.announce_limits;
  AnnounceGroup& group = limits.groups.emplace_back();
  group.gap = limits.gap;
  read_gap(map, group.gap);
  for (const YamlNode* member : map.list("interfaces", 1, kMembersMax)) {
    const std::string* name = read_interface(into.faults, "interfaces", *member);
    if (name == nullptr) continue;
    if (is_grouped(limits, *name)) {
      into.faults.add(*member, "interfaces: " + quote(*name) + " is in an announce group already");
    } else {
      group.interfaces.push_back(*name);
    }
  }
}

}  // namespace

void read_announce(const YamlNode& node, Faults& faults, AnnounceConfig& announce) {
  MapReader map(faults, node, "announce",
                {"repeat", "delay", "delay_repeat", "refresh", "refresh_repeat", "lower_priority"});
  read_announce(map, faults, announce);
}

void read_announce_defaults(const YamlNode& node, const Reading& into, AnnounceConfig& announce) {
  MapReader map(into.faults, node, "announce",
                {"repeat", "delay", "delay_repeat", "refresh", "refresh_repeat", "lower_priority",
                 "arp_interval", "na_interval"});
  read_announce(map, into.faults, announce);
  read_gap(map, into.config.announce_limits.gap);
}

void read_announce_groups(MapReader& map, const Reading& into) {
  for (const YamlNode* group : map.list("announce_groups", 0, kGroupsMax)) {
    read_group(*group, into);
  }
}

}  // namespace holdfast
