// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include "config/load_addresses.h"
#include "config/load_backend.h"
#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"

// What stands under `load_balancing`, and what it has in common with a virtual server.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kMethods{Choice<ForwardingMethod>{"masquerade", ForwardingMethod::kMasquerade},
                              Choice<ForwardingMethod>{"direct", ForwardingMethod::kDirect},
                              Choice<ForwardingMethod>{"tunnel", ForwardingMethod::kTunnel}};
constexpr std::array kTunnels{Choice<TunnelType>{"ipip", TunnelType::kIpip},
                              Choice<TunnelType>{"gue", TunnelType::kGue},
                              Choice<TunnelType>{"gre", TunnelType::kGre}};
constexpr std::array kBackends{Choice<BalanceBackend>{"ipvs", BalanceBackend::kIpvs},
                               Choice<BalanceBackend>{"nftables", BalanceBackend::kNftables},
                               Choice<BalanceBackend>{"auto", BalanceBackend::kAuto}};
constexpr std::string_view kForwardingWhat =
    "masquerade, direct, tunnel, or a map such as {tunnel: gue, port: 6080}";

// Whole seconds, which is what the kernel counts in.
void read_seconds(MapReader& map, std::string_view key, Faults& faults, std::uint32_t& value) {
  Duration time{0};
  const YamlNode* node = map.duration(key, seconds{1}, hours{24}, time);
  if (node == nullptr) return;
  if (time % seconds{1} != Duration{0}) expected(faults, key, *node, "whole seconds");
  value = static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(time).count());
}

void read_timeouts(const YamlNode& node, const Reading& into) {
  LoadBalancingConfig& config = into.config.load_balancing;
  MapReader map(into.faults, node, "timeouts", {"tcp", "tcp_fin", "udp"});
  read_seconds(map, "tcp", into.faults, config.tcp_timeout);
  read_seconds(map, "tcp_fin", into.faults, config.tcp_fin_timeout);
  read_seconds(map, "udp", into.faults, config.udp_timeout);
}

bool is_instance(const Config& config, const std::string& name) {
  for (const InstanceConfig& one : config.instances) {
    if (one.name == name) return true;
  }
  return false;
}

void read_sync(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "sync",
                {"interface", "id", "instance", "max_length", "group", "port", "ttl"});
  map.require({"interface"});
  SyncConfig sync;
  map.interface("interface", sync.interface);
  map.integer("id", 0, 255, sync.id);
  const YamlNode* instance = map.name("instance", sync.instance);
  if (instance != nullptr && !is_instance(into.config, sync.instance)) {
    into.faults.add(*instance, "instance: no VRRP instance is called " + quote(sync.instance));
  }
  map.integer("max_length", 576, 65535, sync.max_length);
  map.integer("ttl", 1, 255, sync.ttl);
  Endpoint group{IpAddress::v4({224, 0, 0, 81}), 8848};
  map.integer("port", 1, 65535, group.port);
  if (const YamlNode* address = map.find("group")) {
    group.address = read_multicast(into.faults, "group", *address).value_or(group.address);
  }
  if (map.has("port") || map.has("group")) sync.group = group;
  into.config.load_balancing.sync = sync;
}

// How full of healthy servers, as "40%".
bool read_percent(std::string_view text, std::uint8_t& percent) {
  if (!text.ends_with('%')) return false;
  text.remove_suffix(1);
  const auto number = parse_integer(text);
  if (!number || *number < 1 || *number > 100) return false;
  percent = static_cast<std::uint8_t>(*number);
  return true;
}

}  // namespace

void read_panic(MapReader& map, Faults& faults, PanicConfig& panic) {
  constexpr std::string_view kWhat = "none, last_server or a share of the servers, such as 40%";
  const YamlNode* node = map.find("panic_threshold");
  if (node == nullptr) return;
  const std::string* text = read_text(faults, "panic_threshold", *node, kWhat);
  if (text == nullptr) return;
  panic = {*text != "none", 0};
  if (*text == "none" || *text == "last_server" || read_percent(*text, panic.percent)) return;
  expected(faults, "panic_threshold", *node, kWhat);
}

ForwardingConfig read_forwarding(const YamlNode& node, Faults& faults) {
  ForwardingConfig forwarding;
  if (node.kind != YamlNode::Kind::kMap) {
    const std::string* text = read_text(faults, "forwarding", node, kForwardingWhat);
    if (text == nullptr) return forwarding;
    for (const auto& [name, method] : kMethods) {
      if (*text != name) continue;
      forwarding.method = method;
      return forwarding;
    }
    expected(faults, "forwarding", node, kForwardingWhat);
    return forwarding;
  }
  MapReader map(faults, node, "forwarding", {"tunnel", "port", "checksum", "remote_checksum"});
  map.require({"tunnel"});
  forwarding.method = ForwardingMethod::kTunnel;
  map.choice("tunnel", kTunnels, forwarding.tunnel);
  map.integer("port", 1, 65535, forwarding.port);
  map.boolean("checksum", "true or false", forwarding.checksum);
  map.boolean("remote_checksum", "true or false", forwarding.remote_checksum);
  const bool gue = forwarding.tunnel == TunnelType::kGue;
  if (gue && map.has("tunnel")) map.require({"port"});
  for (const std::string_view key : {"port", "remote_checksum"}) {
    if (map.has(key) && !gue) faults.add(*map.find(key), std::string(key) + ": only gue has one");
  }
  if (map.has("checksum") && forwarding.tunnel == TunnelType::kIpip) {
    faults.add(*map.find("checksum"), "checksum: ipip has none, expected gue or gre");
  }
  if (forwarding.checksum && forwarding.remote_checksum) {
    faults.add(*map.find("remote_checksum"),
               "remote_checksum: there is 'checksum' already, expected one of both");
  }
  return forwarding;
}

void read_load_balancing(const YamlNode& node, const Reading& into, PanicConfig& panic) {
  MapReader map(into.faults, node, "load_balancing",
                {"backend", "timeouts", "sync", "mark_start", "keep_at_stop", "panic_threshold"});
  map.choice("backend", kBackends, into.config.load_balancing.backend);
  for (const std::string_view key : {"timeouts", "sync"}) refuse_without_ipvs(map, key, into);
  if (const YamlNode* timeouts = map.find("timeouts")) read_timeouts(*timeouts, into);
  if (const YamlNode* sync = map.find("sync")) read_sync(*sync, into);
  map.integer("mark_start", 1, 0xffffffffLL, into.config.load_balancing.mark_start);
  map.boolean("keep_at_stop", "true or false", into.config.load_balancing.keep_at_stop);
  read_panic(map, into.faults, panic);
}

}  // namespace holdfast
