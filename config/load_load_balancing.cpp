// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include "config/load_addresses.h"
#include "config/load_backend.h"
#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

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

const Shape& timeouts_shape() {
  const auto time = [] { return form::time(seconds{1}, hours{24}); };
  static const Shape shape{
      "timeouts",
      "timeouts",
      {{"tcp", time(), "", "Of a quiet TCP connection, in whole seconds."},
       {"tcp_fin", time(), "", "Of a TCP connection that is being closed, in whole seconds."},
       {"udp", time(), "", "Of a quiet UDP flow, in whole seconds."}},
      {}};
  return shape;
}

const Shape& sync_shape() {
  static const Shape shape{
      "sync",
      "sync",
      {{"interface", form::text(kInterfaceText), kRequired, "Where connections are handed over."},
       {"id", form::whole(0, 255), "0", "The same on both directors."},
       {"instance", form::text(kNameText), "",
        "While MASTER of this instance it sends, else it receives; without: both."},
       {"max_length", form::whole(576, 65535), "", "Of a message, in bytes."},
       {"group", form::text(kMulticastText), "", "Where messages go; 224.0.0.81."},
       {"port", form::whole(1, 65535), "", "Where messages go; 8848."},
       {"ttl", form::whole(1, 255), "", "Of messages."}},
      {}};
  return shape;
}

const Shape& tunnel_shape() {
  static const Shape shape{"tunnel",
                           "forwarding",
                           {{"tunnel", form::words(kTunnels), kRequired, "The kind of tunnel."},
                            {"port", form::whole(1, 65535), "", "Of gue, which must have it."},
                            {"checksum", form::boolean(), "false", "Of gue and gre."},
                            {"remote_checksum", form::boolean(), "false", "Of gue."}},
                           {}};
  return shape;
}

// Whole seconds, which is what the kernel counts in.
void read_seconds(MapReader& map, std::string_view key, Faults& faults, std::uint32_t& value) {
  Duration time{0};
  const YamlNode* node = map.duration(key, time);
  if (node == nullptr) return;
  if (time % seconds{1} != Duration{0}) expected(faults, key, *node, "whole seconds");
  value = static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(time).count());
}

void read_timeouts(const YamlNode& node, const Reading& into) {
  LoadBalancingConfig& config = into.config.load_balancing;
  MapReader map(into.faults, node, timeouts_shape());
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
  MapReader map(into.faults, node, sync_shape());
  SyncConfig sync;
  map.text("interface", sync.interface);
  map.integer("id", sync.id);
  const YamlNode* instance = map.text("instance", sync.instance);
  if (instance != nullptr && !is_instance(into.config, sync.instance)) {
    into.faults.add(*instance, "instance: no VRRP instance is called " + quote(sync.instance));
  }
  map.integer("max_length", sync.max_length);
  map.integer("ttl", sync.ttl);
  Endpoint group{IpAddress::v4({224, 0, 0, 81}), 8848};
  map.integer("port", group.port);
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

constexpr TextForm kPercentText{"a share such as 40%", "^[0-9]{1,3}%$", [](std::string_view text) {
                                  std::uint8_t percent = 0;
                                  return read_percent(text, percent);
                                }};

}  // namespace

Forms form::panic_threshold() {
  return words({"none", "last_server"}) | text(kPercentText);
}

Forms form::forwarding() {
  return words(kMethods) | map(tunnel_shape);
}

const Shape& load_balancing_shape() {
  static const Shape shape{
      "load_balancing",
      "load_balancing",
      {{"backend", form::words(kBackends), "ipvs", "What of the kernel spreads connections."},
       {"timeouts", form::map(timeouts_shape), "",
        "Until a quiet connection is forgotten; otherwise the kernel's."},
       {"sync", form::map(sync_shape), "", "Hands connections to the other director."},
       {"mark_start", form::whole(1, 0xffffffffLL), "1000",
        "The first mark of virtual servers that are one service."},
       {"keep_at_stop", form::boolean(), "false",
        "Leave the table to serve when the daemon stops."},
       {"panic_threshold", form::panic_threshold(), "last_server",
        "When so few servers are healthy, all are used."}},
      {}};
  return shape;
}

void read_panic(MapReader& map, Faults& faults, PanicConfig& panic) {
  constexpr std::string_view kWhat = "none, last_server or a share of the servers, such as 40%";
  const YamlNode* node = map.find("panic_threshold");
  if (node == nullptr) return;
  const YamlText* text = read_text(faults, "panic_threshold", *node, kWhat);
  if (text == nullptr) return;
  panic = {*text != "none", 0};
  if (*text == "none" || *text == "last_server" || read_percent(*text, panic.percent)) return;
  expected(faults, "panic_threshold", *node, kWhat);
}

ForwardingConfig read_forwarding(const YamlNode& node, Faults& faults) {
  ForwardingConfig forwarding;
  if (node.kind != YamlNode::Kind::kMap) {
    const YamlText* text = read_text(faults, "forwarding", node, kForwardingWhat);
    if (text == nullptr) return forwarding;
    for (const auto& [name, method] : kMethods) {
      if (*text != name) continue;
      forwarding.method = method;
      return forwarding;
    }
    expected(faults, "forwarding", node, kForwardingWhat);
    return forwarding;
  }
  MapReader map(faults, node, tunnel_shape());
  forwarding.method = ForwardingMethod::kTunnel;
  map.choice("tunnel", kTunnels, forwarding.tunnel);
  map.integer("port", forwarding.port);
  map.boolean("checksum", forwarding.checksum);
  map.boolean("remote_checksum", forwarding.remote_checksum);
  const bool gue = forwarding.tunnel == TunnelType::kGue;
  if (gue && map.has("tunnel")) map.require("port");
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
  MapReader map(into.faults, node, load_balancing_shape());
  map.choice("backend", kBackends, into.config.load_balancing.backend);
  for (const std::string_view key : {"timeouts", "sync"}) refuse_without_ipvs(map, key, into);
  if (const YamlNode* timeouts = map.find("timeouts")) read_timeouts(*timeouts, into);
  if (const YamlNode* sync = map.find("sync")) read_sync(*sync, into);
  map.integer("mark_start", into.config.load_balancing.mark_start);
  map.boolean("keep_at_stop", into.config.load_balancing.keep_at_stop);
  read_panic(map, into.faults, panic);
}

}  // namespace holdfast
