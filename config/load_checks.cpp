// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_check_kinds.h"
#include "config/reader.h"
#include "config/scalars.h"

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
    Kind{"http", read_as<read_http_check>},
    Kind{"https", read_as<read_https_check>},
    Kind{"grpc", read_as<read_grpc_check>},
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

constexpr std::array<std::string_view, 12> kAskedKeys{
    "interval",    "timeout",      "rise",          "fall",         "fast_interval", "retries",
    "retry_delay", "start_spread", "initial_state", "log_failures", "slow_start",    "hold_down"};
constexpr std::array<std::string_view, 6> kConnectKeys{"source",   "source_port", "interface",
                                                       "no_route", "family",      "mark"};

constexpr std::array kInitialStates{
    Choice<InitialCheckState>{"unknown", InitialCheckState::kUnknown},
    Choice<InitialCheckState>{"up", InitialCheckState::kUp},
    Choice<InitialCheckState>{"down", InitialCheckState::kDown}};

constexpr std::array kNoRoute{Choice<bool>{"discard", false}, Choice<bool>{"down", true}};

MapReader::Keys keys_of_a_check() {
  MapReader::Keys keys{"name"};
  for (const Kind& kind : kKinds) keys.push_back(kind.key);
  keys.insert(keys.end(), kAskedKeys.begin(), kAskedKeys.end());
  keys.insert(keys.end(), kConnectKeys.begin(), kConnectKeys.end());
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
  const bool file = std::holds_alternative<FileCheck>(target);
  for (const std::string_view key : kAskedKeys) {
    if (!is_watched(target) || !map.has(key) || (key == "interval" && !file)) continue;
    faults.add(*map.find(key), std::string(key) + ": a " + (file ? "file" : "process") +
                                   " is watched, not asked, expected no such key");
  }
  for (const std::string_view key : kConnectKeys) {
    if (endpoint_of(target) || !map.has(key)) continue;
    faults.add(*map.find(key),
               std::string(key) + ": this check opens no connection, expected no such key");
  }
  if (std::holds_alternative<PingCheck>(target) && map.has("mark")) {
    faults.add(
        *map.find("mark"),
        "mark: all pings share a socket, expected no such key: give it a 'source', and route "
        "by that");
  }
}

// In which family a name is looked up: that of the source, unless it is given.
void read_family(MapReader& map, Faults& faults, CheckConfig& check) {
  constexpr std::array kFamilies{Choice<Family>{"ipv4", Family::kIpv4},
                                 Choice<Family>{"ipv6", Family::kIpv6}};
  const std::optional<IpAddress>& source = check.connect.source;
  Family family = source ? source->family() : Family::kIpv4;
  const YamlNode* const given = map.choice("family", kFamilies, family);
  if (given != nullptr && source && source->family() != family) {
    expected(faults, "family", *given, "that of the source");
  }
  if (family == Family::kIpv6) set_address(check.target, IpAddress::v6({}));
}

void read_connect(MapReader& map, Faults& faults, CheckConfig& check) {
  map.integer("source_port", 1024, 65535, check.connect.source_port);
  map.interface("interface", check.connect.interface);
  map.integer("mark", 1, 0xffffffff, check.connect.mark);
  map.choice("no_route", kNoRoute, check.connect.down_without_route);
  const YamlNode* node = map.find("source");
  if (node != nullptr) check.connect.source = read_host(faults, "source", *node);
  const std::optional<CheckEndpoint> target = endpoint_of(check.target);
  if (target && !target->host.empty()) {
    read_family(map, faults, check);
    return;
  }
  if (target && map.has("family")) {
    faults.add(*map.find("family"), "family: no name is looked up, expected no such key");
  }
  if (node == nullptr) return;
  if (!check.connect.source || !target || target->address.is_unspecified()) return;
  if (target->address.family() != check.connect.source->family()) {
    expected(
        faults, "source", *node,
        std::string(target->address.is_v4() ? "an IPv4" : "an IPv6") + " address, as the target's");
  }
}

// `true` is the defaults.
void read_hold_down(MapReader& check, Faults& faults, CheckConfig& into) {
  using std::chrono::seconds;
  const YamlNode* const node = check.find("hold_down");
  if (node == nullptr) return;
  HoldDownConfig hold;
  bool on = true;
  if (node->kind != YamlNode::Kind::kMap) {
    check.boolean("hold_down", "true, false, or a map of options", on);
  } else {
    MapReader map(faults, *node, "hold_down", {"changes", "within", "time", "max"});
    map.integer("changes", 2, 100, hold.changes);
    map.duration("within", seconds{1}, hours{24}, hold.within);
    map.duration("time", seconds{1}, hours{24}, hold.time);
    hold.max = std::max(hold.max, hold.time);
    const YamlNode* const max = map.duration("max", seconds{1}, hours{24}, hold.max);
    if (max != nullptr && hold.max < hold.time) {
      expected(faults, "max", *max, "at least the time, " + duration_text(hold.time));
    }
  }
  if (on) into.hold_down = hold;
}

void read_cadence(MapReader& map, Faults& faults, CheckConfig& check) {
  map.integer("rise", 1, 1000, check.rise);
  map.integer("fall", 1, 1000, check.fall);
  Duration time{0};
  if (const YamlNode* node = map.duration("fast_interval", milliseconds{10}, hours{24}, time)) {
    check.fast_interval = time;
    if (time > check.interval) {
      expected(faults, "fast_interval", *node,
               "at most the interval, " + duration_text(check.interval));
    }
  }
  map.integer("retries", 0, 1000, check.retries);
  map.duration("retry_delay", milliseconds{0}, hours{24}, check.retry_delay);
  if (map.duration("start_spread", milliseconds{0}, hours{24}, time) != nullptr) {
    check.start_spread = time;
  }
  map.choice("initial_state", kInitialStates, check.initial_state);
  map.boolean("log_failures", "true or false", check.log_failures);
  map.duration("slow_start", milliseconds{0}, hours{24}, check.slow_start);
  read_hold_down(map, faults, check);
}

}  // namespace

ScriptCheck read_script_check(const YamlNode& node, const Reading& into) {
  ScriptCheck check;
  check.command = read_command("script", node, into, &check.dynamic_weight).value_or(Command{});
  return check;
}

namespace {

void read_options(MapReader& map, const YamlNode& node, const Reading& into, CheckConfig& check,
                  CheckPlaces& at) {
  check.target = read_target(map, node, into);
  map.duration("interval", milliseconds{10}, hours{24}, check.interval);
  at.timeout = map.duration("timeout", milliseconds{1}, hours{24}, check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  read_cadence(map, into.faults, check);
  read_connect(map, into.faults, check);
  refuse_what_means_nothing(map, check.target, into.faults);
}

}  // namespace

ServerCheck read_server_check(const YamlNode& node, const Reading& into) {
  const Reading of_server{into.faults, into.config, into.places, true};
  MapReader::Keys keys = keys_of_a_check();
  std::erase(keys, "name");
  keys.insert(keys.end(), {"host", "port"});
  MapReader map(into.faults, node, "the check of a server", keys);
  ServerCheck check;
  read_options(map, node, of_server, check.config, check.at);
  map.integer("port", 1, 65535, check.port);
  if (const YamlNode* host = map.find("host")) {
    check.host = read_host(into.faults, "host", *host);
  }
  const std::optional<CheckEndpoint> endpoint = endpoint_of(check.config.target);
  for (const std::string_view key : {"host", "port"}) {
    if (!map.has(key) || (endpoint && *endpoint == CheckEndpoint{})) continue;
    into.faults.add(*map.find(key), std::string(key) + ": this check has no address of its server");
  }
  return check;
}

void read_check(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "a check", keys_of_a_check());
  map.require({"name"});
  CheckConfig check;
  CheckPlaces at;
  at.name = map.name("name", check.name);
  into.places.all_checks_named = into.places.all_checks_named && at.name != nullptr;
  read_options(map, node, into, check, at);
  into.config.checks.push_back(std::move(check));
  into.places.checks.push_back(at);
}

}  // namespace holdfast
