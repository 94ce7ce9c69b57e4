// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "config/faults.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/sealed.h"
#include "config/validate.h"
#include "config/yaml_tree.h"

// The shape of the document: which keys there are, and what stands under each.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInstancesMax = 4096;
constexpr std::size_t kChecksMax = 20'000;
constexpr std::size_t kAddressesMax = 20;
constexpr std::size_t kTrackMax = 64;
constexpr int kWeightMax = 253;  // moves a priority from one end of 1..254 to the other

constexpr std::array kLogLevels{
    Choice<LogLevel>{"debug", LogLevel::kDebug}, Choice<LogLevel>{"info", LogLevel::kInfo},
    Choice<LogLevel>{"warning", LogLevel::kWarning}, Choice<LogLevel>{"error", LogLevel::kError}};
constexpr std::array kLogFormats{Choice<LogFormat>{"text", LogFormat::kText},
                                 Choice<LogFormat>{"json", LogFormat::kJson}};
constexpr std::array kChecksumForms{
    Choice<ChecksumForm>{"pseudo-header", ChecksumForm::kPseudoHeader},
    Choice<ChecksumForm>{"message-only", ChecksumForm::kMessageOnly}};

class Loader {
 public:
  Loader(Faults& faults, Config& config) : faults_(faults), config_(config) {}

  void read(const YamlNode& root) {
    MapReader map(faults_, root, "the configuration", {"version", "node", "log", "vrrp", "checks"},
                  {"virtual_servers"});
    map.require({"version"});
    int version = 1;
    map.integer("version", 1, 1, version);
    map.name("node", config_.node);
    if (const YamlNode* log = map.find("log")) read_log(*log);
    if (const YamlNode* vrrp = map.find("vrrp")) read_vrrp(*vrrp);
    const auto checks = map.list("checks", 0, kChecksMax);
    for (const YamlNode* check : checks) read_check(*check);
    const YamlNode* list = map.find("checks");
    const bool all_read = list == nullptr || (list->kind == YamlNode::Kind::kSequence &&
                                              list->children.size() == checks.size());
    places_.all_checks_named = places_.all_checks_named && all_read;
    validate(config_, places_, faults_);
  }

 private:
  void read_log(const YamlNode& node) {
    MapReader map(faults_, node, "log", {"level", "format"});
    map.choice("level", kLogLevels, config_.log.level);
    map.choice("format", kLogFormats, config_.log.format);
  }

  void read_vrrp(const YamlNode& node) {
    MapReader map(faults_, node, "vrrp", {"instances"}, {"sync_groups"});
    for (const YamlNode* instance : map.list("instances", 0, kInstancesMax))
      read_instance(*instance);
  }

  void read_instance(const YamlNode& node);
  void read_advert_interval(MapReader& map, InstanceConfig& instance);
  void read_preempt(MapReader& instance_map, InstanceConfig& instance);
  void read_track(const YamlNode& node, InstanceConfig& instance, InstancePlaces& at);
  std::optional<IpPrefix> read_address(const YamlNode& node);
  void read_check(const YamlNode& node);
  void read_endpoint(const YamlNode& node, Endpoint& endpoint);

  Faults& faults_;
  Config& config_;
  Places places_;
};

void Loader::read_instance(const YamlNode& node) {
  MapReader map(faults_, node, "an instance",
                {"name", "interface", "virtual_router_id", "version", "priority", "advert_interval",
                 "preempt", "checksum", "addresses", "track"},
                {"unicast"});
  map.require({"name", "interface", "virtual_router_id", "addresses"});
  InstanceConfig instance;
  InstancePlaces at;
  at.name = map.name("name", instance.name);
  at.interface = map.interface("interface", instance.interface);
  at.vrid = map.integer("virtual_router_id", 1, 255, instance.vrid.value);
  const YamlNode* version = map.integer("version", 2, 3, instance.version);
  at.version_known = version != nullptr || !map.has("version");
  map.integer("priority", 1, 255, instance.priority.value);
  if (at.version_known) read_advert_interval(map, instance);
  at.preempt = map.find("preempt");
  if (at.preempt != nullptr) read_preempt(map, instance);
  at.checksum = map.choice("checksum", kChecksumForms, instance.checksum);
  for (const YamlNode* address : map.list("addresses", 1, kAddressesMax)) {
    const std::optional<IpPrefix> prefix = read_address(*address);
    if (!prefix) continue;
    instance.addresses.push_back(*prefix);
    at.addresses.push_back(address);
  }
  for (const YamlNode* track : map.list("track", 0, kTrackMax)) read_track(*track, instance, at);
  config_.instances.push_back(std::move(instance));
  places_.instances.push_back(std::move(at));
}

void Loader::read_advert_interval(MapReader& map, InstanceConfig& instance) {
  // VRRPv2 counts seconds in 8 bits (RFC 3768 §5.3.7), VRRPv3 centiseconds in 12 (RFC 9568 §5.2.7).
  const bool v2 = instance.version == VrrpVersion::k2;
  const Duration grain = v2 ? Duration{seconds{1}} : milliseconds{10};
  const Duration max = grain * (v2 ? 255 : 4095);
  const std::string_view what = v2 ? "whole seconds from 1s to 255s with version 2"
                                   : "a multiple of 10ms from 10ms to 40.95s with version 3";
  Duration interval{};
  const YamlNode* node = map.duration("advert_interval", what, interval);
  if (node == nullptr) return;
  if (interval < grain || interval > max || interval % grain != Duration{0}) {
    expected(faults_, "advert_interval", *node, what);
  } else {
    instance.advert_interval = interval;
  }
}

void Loader::read_preempt(MapReader& instance_map, InstanceConfig& instance) {
  const YamlNode& node = *instance_map.find("preempt");
  if (node.kind != YamlNode::Kind::kMap) {
    instance_map.boolean("preempt", "true, false or {delay: 30s}", instance.preempt);
    return;
  }
  MapReader map(faults_, node, "preempt", {"delay"});
  map.require({"delay"});
  map.duration("delay", seconds{0}, seconds{1000}, instance.preempt_delay);
}

void Loader::read_track(const YamlNode& node, InstanceConfig& instance, InstancePlaces& at) {
  MapReader map(faults_, node, "a track entry", {"interface", "check", "weight"});
  if (!map.is_map()) return;
  if (map.has("interface") == map.has("check")) {
    faults_.add(node, "a track entry needs either 'interface' or 'check'");
    return;
  }
  std::optional<int> weight;
  if (int number = 0; map.integer("weight", -kWeightMax, kWeightMax, number) != nullptr) {
    weight = number;
    if (number == 0) {
      expected(faults_, "weight", *map.find("weight"), "-253 to -1 or 1 to 253",
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

// Why no host has this address, or nothing.
std::string_view unusable(const IpAddress& address) {
  if (address.is_unspecified()) return ", which is no address";
  if (address.is_multicast()) return ", a multicast address";
  if (address.is_v4() && address.bytes()[0] == 127) return ", a loopback address";
  if (address == IpAddress::v4({255, 255, 255, 255})) return ", the broadcast address";
  return {};
}

std::string_view unusable(const IpPrefix& prefix) {
  if (const std::string_view why = unusable(prefix.address); !why.empty()) return why;
  if (prefix.length >= 31) return {};
  std::uint32_t address = 0;
  for (const std::uint8_t byte : prefix.address.bytes()) address = address << 8U | byte;
  const std::uint32_t host_bits = 0xffffffffU >> prefix.length;
  if ((address & host_bits) == 0) return ", the address of the network itself";
  if ((address & host_bits) == host_bits) return ", the broadcast address of the network";
  return {};
}

std::optional<IpPrefix> Loader::read_address(const YamlNode& node) {
  constexpr std::string_view kWhat =
      "an IPv4 address with a prefix length from 1 to 32, such as 192.0.2.10/24";
  const std::string* text = read_text(faults_, "addresses", node, kWhat);
  if (text == nullptr) return {};
  const Result<IpPrefix> prefix = IpPrefix::parse(*text);
  std::string_view why;
  if (prefix && !prefix->address.is_v4()) {
    faults_.add(node, "addresses: found " + quote(*text) +
                          ", IPv6 is not supported yet, expected an IPv4 address");
  } else if (!prefix || prefix->length == 0) {
    expected(faults_, "addresses", node, kWhat);
  } else if (why = unusable(*prefix); !why.empty()) {
    faults_.add(
        node, "addresses: found " + quote(*text).append(why) + ", expected the address of a host");
  } else {
    return *prefix;
  }
  return {};
}

void Loader::read_check(const YamlNode& node) {
  MapReader map(faults_, node, "a check", {"name", "tcp", "interval", "timeout", "rise", "fall"});
  map.require({"name", "tcp"});
  CheckConfig check;
  CheckPlaces at;
  at.name = map.name("name", check.name);
  places_.all_checks_named = places_.all_checks_named && at.name != nullptr;
  if (map.has("tcp")) read_endpoint(*map.find("tcp"), check.tcp);
  map.duration("interval", milliseconds{10}, hours{24}, check.interval);
  at.timeout = map.duration("timeout", milliseconds{1}, hours{24}, check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  map.integer("rise", 1, 1000, check.rise);
  map.integer("fall", 1, 1000, check.fall);
  config_.checks.push_back(std::move(check));
  places_.checks.push_back(at);
}

void Loader::read_endpoint(const YamlNode& node, Endpoint& endpoint) {
  constexpr std::string_view kWhat = "an IP address and a port, such as 192.0.2.1:80";
  const std::string* text = read_text(faults_, "tcp", node, kWhat);
  if (text == nullptr) return;
  const Result<Endpoint> parsed = Endpoint::parse(*text);
  if (!parsed || parsed->address.is_unspecified() || parsed->address.is_multicast()) {
    expected(faults_, "tcp", node, kWhat);
  } else {
    endpoint = *parsed;
  }
}

}  // namespace

Loaded load_config(std::string_view document, std::string_view file, std::string_view host_name) {
  Loaded loaded;
  loaded.config.node = host_name;
  Faults faults(file);
  if (document.size() > kDocumentSizeMax) {
    faults.add(1, 1, "found a document of more than 16 MiB, expected a configuration");
  } else if (const std::optional<YamlNode> root = parse_yaml(document, faults)) {
    Loader(faults, loaded.config).read(*root);
  }
  loaded.diagnostics = faults.take();
  return loaded;
}

}  // namespace holdfast
