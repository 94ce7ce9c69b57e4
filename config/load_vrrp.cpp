// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"

// What stands under `vrrp`.
namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInstancesMax = 4096;
constexpr std::size_t kAddressesMax = 20;
constexpr std::size_t kTrackMax = 64;
constexpr int kWeightMax = 253;  // moves a priority from one end of 1..254 to the other

constexpr std::array kChecksumForms{
    Choice<ChecksumForm>{"pseudo-header", ChecksumForm::kPseudoHeader},
    Choice<ChecksumForm>{"message-only", ChecksumForm::kMessageOnly}};

class InstanceReader {
 public:
  explicit InstanceReader(const Reading& into) : faults_(into.faults), into_(into) {}

  void read(const YamlNode& node);

 private:
  void read_advert_interval(MapReader& map);
  void read_preempt(MapReader& instance_map);
  void read_track(const YamlNode& node);
  std::optional<IpPrefix> read_address(const YamlNode& node);

  Faults& faults_;
  const Reading& into_;
  InstanceConfig instance_;
  InstancePlaces at_;
};

void InstanceReader::read(const YamlNode& node) {
  MapReader map(faults_, node, "an instance",
                {"name", "interface", "virtual_router_id", "version", "priority", "advert_interval",
                 "preempt", "checksum", "addresses", "track", "notify"},
                {"unicast"});
  map.require({"name", "interface", "virtual_router_id", "addresses"});
  at_.name = map.name("name", instance_.name);
  at_.interface = map.interface("interface", instance_.interface);
  at_.vrid = map.integer("virtual_router_id", 1, 255, instance_.vrid.value);
  const YamlNode* version = map.integer("version", 2, 3, instance_.version);
  at_.version_known = version != nullptr || !map.has("version");
  map.integer("priority", 1, 255, instance_.priority.value);
  if (at_.version_known) read_advert_interval(map);
  at_.preempt = map.find("preempt");
  if (at_.preempt != nullptr) read_preempt(map);
  at_.checksum = map.choice("checksum", kChecksumForms, instance_.checksum);
  for (const YamlNode* address : map.list("addresses", 1, kAddressesMax)) {
    const std::optional<IpPrefix> prefix = read_address(*address);
    if (!prefix) continue;
    instance_.addresses.push_back(*prefix);
    at_.addresses.push_back(address);
  }
  for (const YamlNode* track : map.list("track", 0, kTrackMax)) read_track(*track);
  if (map.has("notify")) {
    into_.config.notify.instances[instance_.name] = read_notify(*map.find("notify"), into_);
  }
  into_.config.instances.push_back(std::move(instance_));
  into_.places.instances.push_back(std::move(at_));
}

void InstanceReader::read_advert_interval(MapReader& map) {
  // VRRPv2 counts seconds in 8 bits (RFC 3768 §5.3.7), VRRPv3 centiseconds in 12 (RFC 9568 §5.2.7).
  const bool v2 = instance_.version == VrrpVersion::k2;
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
    instance_.advert_interval = interval;
  }
}

void InstanceReader::read_preempt(MapReader& instance_map) {
  const YamlNode& node = *instance_map.find("preempt");
  if (node.kind != YamlNode::Kind::kMap) {
    instance_map.boolean("preempt", "true, false or {delay: 30s}", instance_.preempt);
    return;
  }
  MapReader map(faults_, node, "preempt", {"delay"});
  map.require({"delay"});
  map.duration("delay", seconds{0}, seconds{1000}, instance_.preempt_delay);
}

void InstanceReader::read_track(const YamlNode& node) {
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
    instance_.track_interfaces.push_back({name, weight});
    at_.track_interfaces.push_back({place, map.find("weight")});
  } else if (const YamlNode* check = map.name("check", name)) {
    instance_.track_checks.push_back({name, weight});
    at_.track_checks.push_back({check, map.find("weight")});
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

std::optional<IpPrefix> InstanceReader::read_address(const YamlNode& node) {
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

}  // namespace

void read_vrrp(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "vrrp", {"instances", "notify"}, {"sync_groups"});
  if (map.has("notify")) read_notify_defaults(*map.find("notify"), into);
  for (const YamlNode* instance : map.list("instances", 0, kInstancesMax)) {
    InstanceReader(into).read(*instance);
  }
}

}  // namespace holdfast
