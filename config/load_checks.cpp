// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "config/load_addresses.h"
#include "config/load_check_kinds.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `checks`. The kinds are read by load_check_*.cpp.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

constexpr std::array kInitialStates{
    Choice<InitialCheckState>{"unknown", InitialCheckState::kUnknown},
    Choice<InitialCheckState>{"up", InitialCheckState::kUp},
    Choice<InitialCheckState>{"down", InitialCheckState::kDown}};

constexpr std::array kNoRoute{Choice<bool>{"discard", false}, Choice<bool>{"down", true}};

constexpr std::array kFamilies{Choice<Family>{"ipv4", Family::kIpv4},
                               Choice<Family>{"ipv6", Family::kIpv6}};

// A map without anything, where the server says it all.
const Shape& empty_shape() {
  static const Shape shape{"nothing", "nothing", {}, {}};
  return shape;
}

Forms options(const Shape& (*shape)(), bool of_server) {
  if (of_server) return form::text(kCheckEndpointText) | form::map(shape);
  return form::text(kCheckEndpointText) | form::map(shape, {"address"});
}

Keys kind_keys(bool of_server) {
  const auto plain = [of_server](const TextForm& text) {
    return of_server ? form::text(text) | form::map(empty_shape) : form::text(text);
  };
  return {
      {"tcp", options(tcp_shape, of_server), "",
       "Good, if a connection opens in time, and what is said on it is as expected."},
      {"http", options(http_shape, of_server), "",
       "Good, if HTTP requests are answered as they must be."},
      {"https", options(https_shape, of_server), "", "The same over TLS."},
      {"grpc", options(grpc_shape, of_server), "", "Good, if grpc.health.v1 says SERVING."},
      {"redis", plain(kCheckEndpointText), "", "Good, if Redis answers PING."},
      {"postgresql", options(postgresql_shape, of_server), "",
       "Good, if PostgreSQL answers a client that wants to log in."},
      {"mysql", options(mysql_shape, of_server), "",
       "Good, if MySQL or MariaDB greets, or lets a user log in."},
      {"dns", options(dns_shape, of_server), "", "Good, if the server answers a question."},
      {"smtp", options(smtp_shape, of_server), "", "Good, if the server greets and takes EHLO."},
      {"udp", options(udp_shape, of_server), "",
       "Good, if a datagram is answered, or makes no ICMP error."},
      {"ping", plain(kPingText), "", "Good, if an ICMP echo request is answered."},
      {"agent", options(agent_shape, of_server), "", "What the server says of itself."},
      {"script", form::script(), "", "Good, if it exits with status 0 in time."},
      {"file", form::text(kPathText) | form::map(file_shape), "",
       "Up while it holds a whole number from -1000000 to 1000000."},
      {"process", form::text(kProcessName) | form::map(watched_process_shape), "",
       "Up while such processes run."},
  };
}

const Shape& hold_down_shape() {
  static const Shape shape{
      "hold_down",
      "hold_down",
      {{"changes", form::whole(2, 100), "6", "So many, to up and to down, make a check flap."},
       {"within", form::time(seconds{1}, hours{24}), "1m", "In this time."},
       {"time", form::time(seconds{1}, hours{24}), "30s", "The first hold."},
       {"max", form::time(seconds{1}, hours{24}), "10m", "The longest hold."}},
      {}};
  return shape;
}

// Not of what is watched.
Keys asked_keys() {
  return {
      {"interval", form::time(milliseconds{10}, hours{24}), "1s",
       "From the begin of one attempt to that of the next."},
      {"timeout", form::time(milliseconds{1}, hours{24}), "",
       "Of the whole attempt; 1s, or the interval if that is shorter."},
      {"rise", form::whole(1, 1000), "1", "So many good results in a row: up."},
      {"fall", form::whole(1, 1000), "1", "So many bad results in a row: down."},
      {"fast_interval", form::time(milliseconds{10}, hours{24}), "",
       "Instead of the interval while a change is pending."},
      {"retries", form::whole(0, 1000), "0",
       "A bad attempt is repeated so often until it counts as one bad result."},
      {"retry_delay", form::time(milliseconds{0}, hours{24}), "0ms",
       "From the end of a bad attempt until it is repeated."},
      {"start_spread", form::time(milliseconds{0}, hours{24}), "",
       "The first attempts of all checks are spread over this time; 5ms a check."},
      {"initial_state", form::words(kInitialStates), "unknown",
       "What holds until there is evidence."},
      {"log_failures", form::boolean(), "false",
       "Log every bad result, not only the one that counts."},
      {"slow_start", form::time(milliseconds{0}, hours{24}), "0ms",
       "A target that was down and comes up gets its weight in ten steps over this time."},
      {"hold_down", form::boolean() | form::map(hold_down_shape), "false",
       "What flaps is held down."},
  };
}

// Of what opens a connection, or sends.
Keys connect_keys() {
  return {
      {"source", form::text(kHostText), "",
       "An address of this node, of the target's family; otherwise the kernel's choice."},
      {"source_port", form::whole(1024, 65535), "", "Where it comes from; otherwise any."},
      {"interface", form::text(kInterfaceText), "", "That packets leave and come by."},
      {"no_route", form::words(kNoRoute), "discard",
       "What it means that this node itself has no way to the target: nothing, or a bad result."},
      {"family", form::words(kFamilies), "",
       "In which the name of a host is looked up; that of the source, else ipv4."},
      {"mark", form::whole(1, 0xffffffff), "", "That packets carry, for this node's rules."},
  };
}

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) names.push_back(kind.key);
  return names;
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
  const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(), named);
  if (map.is_map() && kind == kKinds.end()) {
    into.faults.add(node, "a check needs one of " + all_kinds());
  }
  for (const auto* more = kind; more != kKinds.end();) {
    more = std::find_if(more + 1, kKinds.end(), named);
    if (more == kKinds.end()) break;
    into.faults.add(*map.find(more->key),
                    "a check is of one kind, found " + quote(std::string(kind->key)) + " and " +
                        quote(std::string(more->key)) + ": make two checks of it");
  }
  return kind == kKinds.end() ? CheckTarget{} : kind->read(*map.find(kind->key), into);
}

void refuse_what_means_nothing(const MapReader& map, const CheckTarget& target, Faults& faults) {
  const bool file = std::holds_alternative<FileCheck>(target);
  static const Keys asked = asked_keys();
  static const Keys connect = connect_keys();
  for (const auto& [key, forms, preset, help] : asked) {
    if (!is_watched(target) || !map.has(key) || (key == "interval" && !file)) continue;
    faults.add(*map.find(key), std::string(key) + ": a " + (file ? "file" : "process") +
                                   " is watched, not asked, expected no such key");
  }
  for (const auto& [key, forms, preset, help] : connect) {
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
  const std::optional<IpAddress>& source = check.connect.source;
  Family family = source ? source->family() : Family::kIpv4;
  const YamlNode* const given = map.choice("family", kFamilies, family);
  if (given != nullptr && source && source->family() != family) {
    expected(faults, "family", *given, "that of the source");
  }
  if (family == Family::kIpv6) set_address(check.target, IpAddress::v6({}));
}

void read_connect(MapReader& map, Faults& faults, CheckConfig& check) {
  map.integer("source_port", check.connect.source_port);
  map.text("interface", check.connect.interface);
  map.integer("mark", check.connect.mark);
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

const YamlNode& address_in(const YamlNode& kind) {
  for (std::size_t i = 0; i + 1 < kind.children.size(); i += 2) {
    if (kind.children[i].text == "address") return kind.children[i + 1];
  }
  return kind;
}

// RFC 4007 §6: every link has such addresses.
void refuse_without_link(MapReader& map, const CheckConfig& check, Faults& faults) {
  if (!check.connect.interface.empty() || !lacks_link(check.target)) return;
  for (const Kind& kind : kKinds) {
    if (!map.has(kind.key)) continue;
    const YamlNode& node = *map.find(kind.key);
    const bool is_map = node.kind == YamlNode::Kind::kMap;
    faults.add(is_map ? address_in(node) : node,
               std::string(kind.key) + ": " + endpoint_of(check.target)->address.to_string() +
                   " is a link-local address, expected beside the check the link that it is on, "
                   "such as 'interface: eth0'");
  }
}

// `true` is the defaults.
void read_hold_down(MapReader& check, Faults& faults, CheckConfig& into) {
  const YamlNode* const node = check.find("hold_down");
  if (node == nullptr) return;
  HoldDownConfig hold;
  bool on = true;
  if (node->kind != YamlNode::Kind::kMap) {
    check.boolean("hold_down", on, "true, false, or a map of options");
  } else {
    MapReader map(faults, *node, hold_down_shape());
    map.integer("changes", hold.changes);
    map.duration("within", hold.within);
    map.duration("time", hold.time);
    hold.max = std::max(hold.max, hold.time);
    const YamlNode* const max = map.duration("max", hold.max);
    if (max != nullptr && hold.max < hold.time) {
      expected(faults, "max", *max, "at least the time, " + duration_text(hold.time));
    }
  }
  if (on) into.hold_down = hold;
}

void read_cadence(MapReader& map, Faults& faults, CheckConfig& check) {
  map.integer("rise", check.rise);
  map.integer("fall", check.fall);
  Duration time{0};
  if (const YamlNode* node = map.duration("fast_interval", time)) {
    check.fast_interval = time;
    if (time > check.interval) {
      expected(faults, "fast_interval", *node,
               "at most the interval, " + duration_text(check.interval));
    }
  }
  map.integer("retries", check.retries);
  map.duration("retry_delay", check.retry_delay);
  if (map.duration("start_spread", time) != nullptr) {
    check.start_spread = time;
  }
  map.choice("initial_state", kInitialStates, check.initial_state);
  map.boolean("log_failures", check.log_failures);
  map.duration("slow_start", check.slow_start);
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
  map.duration("interval", check.interval);
  at.timeout = map.duration("timeout", check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  read_cadence(map, into.faults, check);
  read_connect(map, into.faults, check);
  refuse_without_link(map, check, into.faults);
  refuse_what_means_nothing(map, check.target, into.faults);
}

}  // namespace

const Shape& check_shape() {
  static const Shape shape{"check", "a check",
                           Keys{{"name", form::text(kNameText), kRequired,
                                 "What tracks and servers refer to; unique."}} +
                               kind_keys(false) + asked_keys() + connect_keys(),
                           kind_names()};
  return shape;
}

const Shape& server_check_shape() {
  static const Shape shape{
      "server_check", "the check of a server",
      kind_keys(true) + asked_keys() + connect_keys() +
          Keys{{"host", form::text(kHostText), "", "Whom to ask instead of the server."},
               {"port", form::whole(1, 65535), "", "Where to ask; that of the server."}},
      kind_names()};
  return shape;
}

ServerCheck read_server_check(const YamlNode& node, const Reading& into) {
  const Reading of_server{into.faults, into.config, into.places, true};
  MapReader map(into.faults, node, server_check_shape());
  ServerCheck check;
  read_options(map, node, of_server, check.config, check.at);
  map.integer("port", check.port);
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
  MapReader map(into.faults, node, check_shape());
  CheckConfig check;
  CheckPlaces at;
  at.name = map.text("name", check.name);
  into.places.all_checks_named = into.places.all_checks_named && at.name != nullptr;
  read_options(map, node, into, check, at);
  into.config.checks.push_back(std::move(check));
  into.places.checks.push_back(at);
}

}  // namespace holdfast
