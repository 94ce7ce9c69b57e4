// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/core/next_address.h"
#include "config/load_backend.h"
#include "config/load_parts.h"
#include "config/load_real_servers.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `virtual_servers`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kAddressesMax = 4096;  // of one virtual server
constexpr std::int64_t kMarkMax = 0xffffffffLL;

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
constexpr std::array kFamilies{Choice<Family>{"ipv4", Family::kIpv4},
                               Choice<Family>{"ipv6", Family::kIpv6}};
constexpr std::array kInitially{Choice<bool>{"up", true}, Choice<bool>{"down", false}};
constexpr std::array kEngines{Choice<Text>{"sip", "sip"}};

using ServiceId = std::tuple<Family, std::uint32_t, TransportProtocol, Endpoint>;

constexpr TextForm kAddressText{
    "an IP address and a port, such as 192.0.2.10:80, or a range, such as 192.0.2.10-19:80",
    "^[\\[\\]0-9A-Fa-f:.-]+$"};
constexpr TextForm kMarkText{"a firewall mark from 1 to 4294967295", "^[1-9][0-9]{0,9}$"};

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

const Shape& quorum_shape() {
  static const Shape shape{
      "quorum",
      "quorum",
      {{"up", form::whole(1, 0xffffffffLL), "1", "The weight of healthy servers that it takes."},
       {"hysteresis", form::whole(0, 0xffffffffLL), "0",
        "Lost below up - hysteresis, gained at up + hysteresis."}},
      {}};
  return shape;
}

const Shape& sorry_server_shape() {
  static const Shape shape{
      "sorry_server",
      "sorry_server",
      {{"address", form::text(kServerText), kRequired, "With a port, or the service's."},
       {"forwarding", form::forwarding(), "", "How packets get there; as to the servers."}},
      {}};
  return shape;
}

// What comes to it, and how it is spread.
Keys service_keys() {
  return {
      {"name", form::text(kNameText), kRequired,
       "What status, tracks and commands call it; unique."},
      {"address", form::text(kAddressText), "",
       "Where clients send to; a range counts the last number up."},
      {"addresses", form::list(form::text(kAddressText), 1, kAddressesMax), "",
       "Many of them, of one family."},
      {"mark", form::text(kMarkText), "", "Packets with this firewall mark."},
      {"marks", form::list(form::text(kMarkText), 1, kAddressesMax), "", "Many of them."},
      {"family", form::words(kFamilies), "", "Of a mark; ipv4."},
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

// When it serves.
Keys quorum_keys() {
  return {
      {"quorum", form::whole(1, 0xffffffffLL) | form::map(quorum_shape), "1",
       "The weight of healthy servers that makes it serve."},
      {"quorum_up", form::command(), "", "Run when the quorum is gained."},
      {"quorum_down", form::command(), "", "Run when the quorum is lost."},
      {"omega", form::boolean(), "false", "Run quorum_down at stop, too."},
      {"sorry_server", form::text(kServerText) | form::map(sorry_server_shape), "",
       "Serves while there is no quorum."},
      {"initially", form::words(kInitially), "up",
       "What servers are until their checks have a result."},
      {"ha_suspend", form::boolean(), "false", "No checks while its addresses are another node's."},
      {"panic_threshold", form::panic_threshold(), "", "As in load_balancing."},
  };
}

class ServiceReader {
 public:
  ServiceReader(const Reading& into, CheckMaker& checks, const PanicConfig& panic,
                std::map<ServiceId, const YamlNode*>& services)
      : into_(into), faults_(into.faults), checks_(checks), services_(services) {
    service_.panic = panic;
  }

  void read(const YamlNode& node);

 private:
  void read_addresses(MapReader& map, const YamlNode& node);
  void read_address(const YamlNode& node);
  void read_mark(const YamlNode& node, Family family);
  void add(const ServiceAddress& address, const YamlNode& node);
  void check_addresses();
  void read_scheduler(MapReader& map);
  void read_persistence(const YamlNode& node);
  void read_quorum(MapReader& map);
  void read_ha_suspend(MapReader& map);
  void read_sorry_server(const YamlNode& node, const ForwardingConfig& forwarding);
  void read_servers(MapReader& map, const ServerDefaults& defaults);

  const Reading& into_;
  Faults& faults_;
  CheckMaker& checks_;
  std::map<ServiceId, const YamlNode*>& services_;
  VirtualServerConfig service_;
  std::vector<const YamlNode*> places_;  // of its addresses
};

void ServiceReader::read(const YamlNode& node) {
  MapReader map(faults_, node, virtual_server_shape());
  const YamlNode* name = map.text("name", service_.name);
  into_.places.all_services_named = into_.places.all_services_named && name != nullptr;
  const YamlNode* protocol = map.choice("protocol", kProtocols, service_.protocol);
  read_addresses(map, node);
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
  check_addresses();
  read_quorum(map);
  map.choice("initially", kInitially, service_.initially_up);
  read_ha_suspend(map);
  read_panic(map, faults_, service_.panic);
  ServerDefaults defaults;
  read_server_defaults(map, into_, defaults);
  if (const YamlNode* sorry = map.find("sorry_server")) {
    read_sorry_server(*sorry, defaults.forwarding);
  }
  defaults.checks = checks_.read(map);
  read_servers(map, defaults);
  into_.config.virtual_servers.push_back(std::move(service_));
  into_.places.services.push_back(name);
}

// ---- What comes to it.

void ServiceReader::read_addresses(MapReader& map, const YamlNode& node) {
  int kinds = 0;
  for (const std::string_view key : {"address", "addresses", "mark", "marks"}) {
    if (map.has(key)) ++kinds;
  }
  if (map.is_map() && kinds != 1) {
    faults_.add(node, "a virtual server needs either 'address', 'addresses', 'mark' or 'marks'");
  }
  Family family = Family::kIpv4;
  const YamlNode* given = map.choice("family", kFamilies, family);
  const bool marked = map.has("mark") || map.has("marks");
  if (given != nullptr && !marked) {
    faults_.add(*given, "family: the address says it, expected none");
  }
  if (const YamlNode* address = map.find("address")) read_address(*address);
  for (const YamlNode* one : map.list("addresses")) read_address(*one);
  if (const YamlNode* mark = map.find("mark")) read_mark(*mark, family);
  for (const YamlNode* one : map.list("marks")) read_mark(*one, family);
}

// The last number of an address counts up to that after the dash: 192.0.2.10-19:80,
// [2001:db8::10-1f]:80.
std::optional<std::pair<Endpoint, unsigned>> parse_range(std::string_view text) {
  std::uint16_t port = 0;
  std::string host(text);
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port = bracketed ? text.find("]:") != Text::npos : text.find(':') == colon;
  if (has_port && colon != Text::npos) {
    const auto number = parse_integer(text.substr(colon + 1));
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    port = static_cast<std::uint16_t>(*number);
    host = text.substr(0, colon);
  }
  if (bracketed) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  const std::size_t dash = host.find('-');
  const Result<IpAddress> first = IpAddress::parse(host.substr(0, dash));
  if (!first || first->is_unspecified() || first->is_multicast()) return std::nullopt;
  if (first->is_v4() && bracketed) return std::nullopt;
  if (!first->is_v4() && has_port && !bracketed) return std::nullopt;
  if (dash == std::string::npos) return std::pair{Endpoint{*first, port}, 0U};
  const std::string start = host.substr(0, dash);
  const std::size_t separator = start.find_last_of(first->is_v4() ? '.' : ':');
  const Result<IpAddress> last =
      IpAddress::parse(start.substr(0, separator + 1) + host.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  const auto low = [](const IpAddress& address) {
    const auto bytes = address.bytes();
    return static_cast<unsigned>(bytes[bytes.size() - 2]) << 8U | bytes.back();
  };
  return std::pair{Endpoint{*first, port}, low(*last) - low(*first)};
}

void ServiceReader::read_address(const YamlNode& node) {
  constexpr std::string_view kWhat = kAddressText.what;
  const std::string* text = read_text(faults_, "address", node, kWhat);
  if (text == nullptr) return;
  const auto range = parse_range(*text);
  if (!range || range->second >= kAddressesMax) {
    expected(faults_, "address", node, kWhat);
    return;
  }
  Endpoint endpoint = range->first;
  for (unsigned i = 0; i <= range->second; ++i) {
    add({endpoint.address.family(), 0, endpoint}, node);
    endpoint.address = next_address(endpoint.address);
  }
}

void ServiceReader::read_mark(const YamlNode& node, Family family) {
  const auto number = parse_integer(node.text);
  if (node.kind != YamlNode::Kind::kScalar || !number || *number < 1 || *number > kMarkMax) {
    expected(faults_, "mark", node, kMarkText.what);
    return;
  }
  add({family, static_cast<std::uint32_t>(*number), {}}, node);
}

void ServiceReader::add(const ServiceAddress& address, const YamlNode& node) {
  const auto protocol = address.mark == 0 ? service_.protocol : TransportProtocol::kTcp;
  const ServiceId id{address.family, address.mark, protocol, address.endpoint};
  const auto [entry, fresh] = services_.try_emplace(id, &node);
  if (!fresh) {
    const std::string what = address.mark == 0 ? quote(address.endpoint.to_string())
                                               : "mark " + std::to_string(address.mark);
    faults_.add(node, "address: " + what + " is served already, at " + place_text(*entry->second));
    return;
  }
  service_.addresses.push_back(address);
  places_.push_back(&node);
}

void ServiceReader::check_addresses() {
  for (std::size_t i = 0; i < service_.addresses.size(); ++i) {
    const ServiceAddress& address = service_.addresses[i];
    if (address.family != service_.family()) {
      faults_.add(*places_[i], "addresses: expected all of one family, as the first");
    }
    if (address.mark == 0 && address.endpoint.port == 0 && !service_.persistence &&
        !service_.one_service) {
      faults_.add(*places_[i],
                  "address: all ports at once need 'persistence', expected that, or a port");
    }
  }
  if (service_.persistence && !service_.persistence->engine.empty() &&
      service_.protocol != TransportProtocol::kUdp && !places_.empty() &&
      service_.addresses[0].mark == 0) {
    faults_.add(*places_[0], "persistence: the engine sip is for udp only");
  }
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
    const std::string* text = read_text(faults_, "scheduler_flags", *flag, kWhat);
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

// ---- When it serves, and who.

void ServiceReader::read_quorum(MapReader& map) {
  if (const YamlNode* node = map.find("quorum"); node && node->kind == YamlNode::Kind::kMap) {
    MapReader quorum(faults_, *node, quorum_shape());
    quorum.integer("up", service_.quorum);
    const YamlNode* hysteresis = quorum.integer("hysteresis", service_.hysteresis);
    if (hysteresis != nullptr && service_.hysteresis >= service_.quorum) {
      expected(faults_, "hysteresis", *hysteresis, "less than the quorum");
    }
  } else {
    map.integer("quorum", service_.quorum);
  }
  QuorumScripts scripts;
  const auto read = [&](std::string_view key, std::optional<Command>& command) {
    if (map.has(key)) command = read_command(key, *map.find(key), into_);
  };
  read("quorum_up", scripts.up);
  read("quorum_down", scripts.down);
  map.boolean("omega", scripts.down_at_stop);
  if (scripts == QuorumScripts{} || service_.name.empty()) return;
  into_.config.notify.services.emplace(service_.name, std::move(scripts));
}

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

void ServiceReader::read_sorry_server(const YamlNode& node, const ForwardingConfig& forwarding) {
  SorryServerConfig sorry{{}, forwarding};
  const YamlNode* place = &node;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(faults_, node, sorry_server_shape());
    place = map.find("address");
    if (const YamlNode* own = map.find("forwarding")) {
      sorry.forwarding = read_forwarding(*own, faults_);
      check_forwarding(*own, into_, sorry.forwarding);
    }
  }
  if (place == nullptr) return;
  const std::uint16_t port =
      service_.addresses.empty() ? std::uint16_t{0} : service_.addresses[0].endpoint.port;
  const auto endpoint = read_server_endpoint("sorry_server", *place, faults_, port);
  if (!endpoint) return;
  sorry.endpoint = *endpoint;
  check_reach(service_, sorry.endpoint, sorry.forwarding, *place, faults_);
  service_.sorry_server = sorry;
}

void ServiceReader::read_servers(MapReader& map, const ServerDefaults& defaults) {
  std::set<Endpoint> seen;
  for (const YamlNode* node : map.list("real_servers")) {
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
      service_keys() + quorum_keys() + server_default_keys() +
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
  std::map<ServiceId, const YamlNode*> services;
  for (const YamlNode* node : nodes) ServiceReader(into, checks, panic, services).read(*node);
}

}  // namespace holdfast
