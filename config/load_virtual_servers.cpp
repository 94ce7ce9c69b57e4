// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/load_backend.h"
#include "config/load_parts.h"
#include "config/load_quorum.h"
#include "config/load_real_servers.h"
#include "config/load_service_addresses.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `virtual_servers`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array kProtocols{Choice<TransportProtocol>{"tcp", TransportProtocol::kTcp},
                                Choice<TransportProtocol>{"udp", TransportProtocol::kUdp},
                                Choice<TransportProtocol>{"sctp", TransportProtocol::kSctp}};
using Text = std::string_view;
// Those of the kernel, and what nf_tables adds.
constexpr std::array kSchedulers{
    Choice<Text>{"rr", "rr"},   Choice<Text>{"wrr", "wrr"},   Choice<Text>{"lc", "lc"},
    Choice<Text>{"wlc", "wlc"}, Choice<Text>{"lblc", "lblc"}, Choice<Text>{"lblcr", "lblcr"},
    Choice<Text>{"sh", "sh"},   Choice<Text>{"mh", "mh"},     Choice<Text>{"dh", "dh"},
    Choice<Text>{"sed", "sed"}, Choice<Text>{"nq", "nq"},     Choice<Text>{"fo", "fo"},
    Choice<Text>{"ovf", "ovf"}, Choice<Text>{"twos", "twos"}, Choice<Text>{"random", "random"}};
constexpr std::array kInitially{Choice<bool>{"up", true}, Choice<bool>{"down", false}};
constexpr std::array kEngines{Choice<Text>{"sip", "sip"}};

const Shape& persistence_shape() {
  static const Shape shape{
      "persistence",
      "persistence",
      {{"timeout", form::time(seconds{1}, hours{24}), "6m",
        "A client stays with its server for so long; whole seconds."},
       {"prefix", form::whole(1, 128), "", "Clients of one network stay together."},
       {"engine", form::words(kEngines), "", "sip: what belongs together is what SIP says."}},
      {}};
  return shape;
}

Keys name_keys() {
  return {
      {"name", form::text(kNameText), kRequired,
       "What status, tracks and commands call it; unique."},
  };
}

Keys spreading_keys() {
  return {
      {"one_service", form::boolean(), "false", "All its addresses are one service of the kernel."},
      {"protocol", form::words(kProtocols), "", "Of the packets; tcp."},
      {"scheduler", form::words(kSchedulers), "",
       "Who gets the next connection; wlc, and wrr unless the backend is ipvs."},
      {"scheduler_flags", form::list(form::words({"fallback", "port"}), 0, 2), "",
       "Of sh and mh: another server for one without weight; the client's port counts too."},
      {"persistence",
       form::time(seconds{1}, hours{24}) | form::boolean() | form::words({"true", "false"}) |
           form::map(persistence_shape),
       "", "A client stays with its server for so long; true: 6m."},
      {"one_packet", form::boolean(), "false", "Of UDP: each datagram is sent on its own."},
      {"source_nat", form::boolean(), "false",
       "Of the backend nftables: servers see this node as the client."},
  };
}

// What its servers have in common, beside their defaults.
Keys common_keys() {
  return {
      {"initially", form::words(kInitially), "up",
       "What servers are until their checks have a result."},
      {"ha_suspend", form::boolean(), "false", "No checks while its addresses are another node's."},
      {"panic_threshold", form::panic_threshold(), "", "As in load_balancing."},
  };
}

class ServiceReader {
 public:
  ServiceReader(const Reading& into, CheckMaker& checks, const PanicConfig& panic,
                ServicePlaces& services)
      : into_(into),
        faults_(into.faults),
        checks_(checks),
        addresses_(into.faults, services, service_) {
    service_.panic = panic;
  }

  void read(const YamlNode& node);

 private:
  void read_scheduler(MapReader& map);
  void read_persistence(const YamlNode& node);
  void read_ha_suspend(MapReader& map);
  void read_servers(MapReader& map, const ServerDefaults& defaults);

  const Reading& into_;
  Faults& faults_;
  CheckMaker& checks_;
  VirtualServerConfig service_;
  ServiceAddressReader addresses_;
};

void ServiceReader::read(const YamlNode& node) {
  MapReader map(faults_, node, virtual_server_shape());
  const YamlNode* name = map.text("name", service_.name);
  into_.places.all_services_named = into_.places.all_services_named && name != nullptr;
  const YamlNode* protocol = map.choice("protocol", kProtocols, service_.protocol);
  addresses_.read(map, node);
  const YamlNode* one = map.boolean("one_service", service_.one_service);
  const bool marked = !service_.addresses.empty() && service_.addresses[0].mark != 0;
  if (service_.one_service && marked) {
    expected(faults_, "one_service", *one, "false: a firewall mark is one already");
  }
  read_scheduler(map);
  const YamlNode* one_packet = map.boolean("one_packet", service_.one_packet);
  if (service_.one_packet && service_.protocol != TransportProtocol::kUdp && !marked) {
    expected(faults_, "one_packet", *one_packet, "false, or the protocol udp");
  }
  if (protocol != nullptr && marked) {
    faults_.add(*protocol, "protocol: a firewall mark stands for all of them, expected none");
  }
  if (const YamlNode* persistence = map.find("persistence")) read_persistence(*persistence);
  map.boolean("source_nat", service_.source_nat);
  check_options(map, into_, service_);
  addresses_.check();
  read_quorum(map, into_, service_);
  map.choice("initially", kInitially, service_.initially_up);
  read_ha_suspend(map);
  read_panic(map, faults_, service_.panic);
  ServerDefaults defaults;
  read_server_defaults(map, into_, defaults.server);
  if (const YamlNode* sorry = map.find("sorry_server")) {
    read_sorry_server(*sorry, defaults.server.forwarding, into_, service_);
  }
  defaults.checks = checks_.read(map);
  read_servers(map, defaults);
  into_.config.virtual_servers.push_back(std::move(service_));
  into_.places.services.push_back(name);
}

// ---- How it is spread.

void ServiceReader::read_scheduler(MapReader& map) {
  std::string_view name = "wlc";
  map.choice("scheduler", kSchedulers, name);
  service_.scheduler = name;
  check_scheduler(map, into_, service_.scheduler);
  constexpr std::string_view kWhat = "fallback or port, of the schedulers sh and mh";
  const bool has_flags = name == "sh" || name == "mh";
  for (const YamlNode* flag : map.list("scheduler_flags")) {
    const YamlText* text = read_text(faults_, "scheduler_flags", *flag, kWhat);
    if (text == nullptr) continue;
    if (!has_flags || (*text != "fallback" && *text != "port")) {
      expected(faults_, "scheduler_flags", *flag, kWhat);
    }
    (*text == "port" ? service_.port : service_.fallback) = true;
  }
}

void ServiceReader::read_persistence(const YamlNode& node) {
  PersistenceConfig persistence;
  const auto take = [&](Duration time, const YamlNode& place, std::string_view key) {
    if (time % seconds{1} != Duration{0} || time < seconds{1} || time > hours{24}) {
      expected(faults_, key, place, "whole seconds from 1s to 24h");
    }
    persistence.timeout =
        static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(time).count());
  };
  if (node.kind != YamlNode::Kind::kMap) {
    const auto time = parse_duration(node.text);
    if (node.kind == YamlNode::Kind::kScalar && node.text == "false") return;
    if (node.kind == YamlNode::Kind::kScalar && node.text == "true") {
      service_.persistence = persistence;
    } else if (node.kind == YamlNode::Kind::kScalar && time) {
      take(*time, node, "persistence");
      service_.persistence = persistence;
    } else {
      expected(faults_, "persistence", node, "a time such as 5m, true, or a map");
    }
    return;
  }
  MapReader map(faults_, node, persistence_shape());
  Duration time{0};
  if (const YamlNode* place = map.duration("timeout", time)) {
    take(time, *place, "timeout");
  }
  map.integer("prefix", 1, service_.family() == Family::kIpv4 ? 32 : 128, persistence.prefix);
  std::string_view engine;
  map.choice("engine", kEngines, engine);
  persistence.engine = engine;
  service_.persistence = persistence;
}

// ---- Who serves.

// The instances that hold one of its addresses.
void ServiceReader::read_ha_suspend(MapReader& map) {
  bool wanted = false;
  const YamlNode* node = map.boolean("ha_suspend", wanted);
  if (!wanted) return;
  std::set<IpAddress> own;
  for (const ServiceAddress& one : service_.addresses) {
    if (one.mark == 0) own.insert(one.endpoint.address);
  }
  for (const InstanceConfig& instance : into_.config.instances) {
    for (const auto* const list : {&instance.addresses, &instance.excluded_addresses}) {
      const bool holds = std::any_of(list->begin(), list->end(), [&](const VirtualAddress& one) {
        return own.contains(one.address);
      });
      const auto& names = service_.ha_suspend;
      const bool known = !names.empty() && names.back() == instance.name;
      if (holds && !known) service_.ha_suspend.push_back(instance.name);
    }
  }
  if (service_.ha_suspend.empty()) {
    faults_.add(*node, "ha_suspend: no VRRP instance has an address of this virtual server");
  }
}

void ServiceReader::read_servers(MapReader& map, const ServerDefaults& defaults) {
  std::set<Endpoint> seen;
  const auto nodes = map.list("real_servers");
  service_.real_servers.reserve(nodes.size());
  for (const YamlNode* node : nodes) {
    const std::size_t before = service_.real_servers.size();
    read_real_server(*node, into_, defaults, checks_, service_);
    if (service_.real_servers.size() == before) continue;
    check_server(*node, into_, service_, service_.real_servers.back());
    const Endpoint& endpoint = service_.real_servers.back().endpoint;
    if (!seen.insert(endpoint).second) {
      faults_.add(*node, "real_servers: " + quote(endpoint.to_string()) + " is given already");
    }
  }
}

}  // namespace

const Shape& virtual_server_shape() {
  static const Shape shape{
      "virtual_server",
      "a virtual server",
      name_keys() + service_address_keys() + spreading_keys() + quorum_keys() + common_keys() +
          server_default_keys() +
          Keys{{"real_servers", form::real_servers(), kRequired, "Who serves."}},
      {"address", "addresses", "mark", "marks"}};
  return shape;
}

void read_virtual_servers(MapReader& map, const Reading& into) {
  PanicConfig panic;
  if (const YamlNode* node = map.find("load_balancing")) read_load_balancing(*node, into, panic);
  const auto nodes = map.list("virtual_servers");
  if (nodes.empty()) return;
  CheckMaker checks(into);
  ServicePlaces services;
  for (const YamlNode* node : nodes) ServiceReader(into, checks, panic, services).read(*node);
}

}  // namespace holdfast
