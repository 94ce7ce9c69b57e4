// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "config/load_check_kinds.h"
#include "config/reader.h"

// What stands under `checks`. The kinds are read by load_check_*.cpp.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct Kind {
  std::string_view key;
  CheckTarget (*read)(const YamlNode& node, const Reading& into);
};

template <auto kRead>
CheckTarget read_as(const YamlNode& node, const Reading& into) {
  return kRead(node, into);
}

constexpr std::array kKinds{
    Kind{"tcp", read_as<read_tcp_check>},
    Kind{"redis", read_as<read_redis_check>},
    Kind{"postgresql", read_as<read_postgresql_check>},
    Kind{"mysql", read_as<read_mysql_check>},
    Kind{"dns", read_as<read_dns_check>},
    Kind{"smtp", read_as<read_smtp_check>},
    Kind{"udp", read_as<read_udp_check>},
    Kind{"ping", read_as<read_ping_check>},
    Kind{"agent", read_as<read_agent_check>},
    Kind{"script", read_as<read_script_check>},
    Kind{"file", read_as<read_file_check>},
    Kind{"process", read_as<read_process_check>},
};

MapReader::Keys keys_of_a_check() {
  MapReader::Keys keys{"name"};
  for (const Kind& kind : kKinds) keys.push_back(kind.key);
  keys.insert(keys.end(), {"interval", "timeout", "rise", "fall"});
  return keys;
}

// "'tcp', 'script' and 'file'"
std::string all_kinds() {
  std::string text;
  for (const Kind& kind : kKinds) {
    if (&kind != kKinds.begin()) text += &kind == &kKinds.back() ? " and " : ", ";
    text += '\'' + std::string(kind.key) + '\'';
  }
  return text;
}

CheckTarget read_target(MapReader& map, const YamlNode& node, const Reading& into) {
  const auto named = [&map](const Kind& kind) { return map.has(kind.key); };
  if (map.is_map() && std::count_if(kKinds.begin(), kKinds.end(), named) != 1) {
    into.faults.add(node, "a check needs one of " + all_kinds());
  }
  const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(), named);
  return kind == kKinds.end() ? CheckTarget{} : kind->read(*map.find(kind->key), into);
}

void refuse_what_means_nothing(const MapReader& map, const CheckTarget& target, Faults& faults) {
  if (!is_watched(target)) return;
  const bool file = std::holds_alternative<FileCheck>(target);
  for (const std::string_view key : {"interval", "timeout", "rise", "fall"}) {
    if (!map.has(key) || (key == "interval" && !file)) continue;
    faults.add(*map.find(key), std::string(key) + ": a " + (file ? "file" : "process") +
                                   " is watched, not asked, expected no such key");
  }
}

}  // namespace

ScriptCheck read_script_check(const YamlNode& node, const Reading& into) {
  return {read_command("script", node, into).value_or(Command{})};
}

void read_check(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "a check", keys_of_a_check());
  map.require({"name"});
  CheckConfig check;
  CheckPlaces at;
  at.name = map.name("name", check.name);
  into.places.all_checks_named = into.places.all_checks_named && at.name != nullptr;
  check.target = read_target(map, node, into);
  map.duration("interval", milliseconds{10}, hours{24}, check.interval);
  at.timeout = map.duration("timeout", milliseconds{1}, hours{24}, check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  map.integer("rise", 1, 1000, check.rise);
  map.integer("fall", 1, 1000, check.fall);
  refuse_what_means_nothing(map, check.target, into.faults);
  into.config.checks.push_back(std::move(check));
  into.places.checks.push_back(at);
}

}  // namespace holdfast
