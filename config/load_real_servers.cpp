// SPDX-License-Identifier: Apache-2.0
#include "config/load_real_servers.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/load_backend.h"
#include "config/nearest.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t kChecksPerServerMax = 8;
constexpr std::size_t kServersMax = 20'000;

constexpr std::array kCombinations{Choice<CombineChecks>{"all", CombineChecks::kAll},
                                   Choice<CombineChecks>{"any", CombineChecks::kAny},
                                   Choice<CombineChecks>{"sum", CombineChecks::kSum}};

const Shape& drain_shape() {
  static const Shape shape{"drain",
                           "on_failure",
                           {{"drain", form::time(milliseconds{1}, hours{24}), kRequired,
                             "Kept with weight 0 for so long."}},
                           {}};
  return shape;
}

const Shape& real_server_shape() {
  static const Shape shape{
      "real_server",
      "a real server",
      Keys{{"address", form::text(kServerText), kRequired, "With a port, or the service's."},
           {"weight", form::whole(0, 65535), "1", "Its share; 0: nothing new is sent there."},
           {"upper", form::whole(0, 0xffffffffLL), "0",
            "At so many connections no more are sent; 0: no limit."},
           {"lower", form::whole(0, 0xffffffffLL), "0", "Below so many they are again."}} +
          server_default_keys(),
      {}};
  return shape;
}

void set_endpoint(CheckTarget& target, const CheckEndpoint& endpoint) {
  std::visit(
      [&endpoint](auto& check) {
        if constexpr (requires { check.endpoint; }) check.endpoint = endpoint;
      },
      target);
}

// Nothing but the name tells them apart.
bool ask_the_same(const CheckConfig& a, const CheckConfig& b) {
  if (a.target != b.target) return false;
  CheckConfig renamed = a;
  renamed.name = b.name;
  return renamed == b;
}

void read_on_failure(MapReader& map, Faults& faults, FailureConfig& on_failure) {
  constexpr std::string_view kWhat = "remove, zero_weight or {drain: 30s}";
  const YamlNode* node = map.find("on_failure");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kMap) {
    MapReader drain(faults, *node, drain_shape());
    on_failure.action = OnFailure::kDrain;
    drain.duration("drain", on_failure.drain_for);
  } else if (const YamlText* text = read_text(faults, "on_failure", *node, kWhat)) {
    on_failure = {*text == "zero_weight" ? OnFailure::kZeroWeight : OnFailure::kRemove, {}};
    if (*text != "zero_weight" && *text != "remove") expected(faults, "on_failure", *node, kWhat);
  }
}

}  // namespace

// ---- What may be said.

Keys server_default_keys() {
  const Forms check = form::text(kNameText) | form::map(server_check_shape);
  return {
      {"forwarding", form::forwarding(), "", "How packets get to the servers; masquerade."},
      {"on_failure", form::words({"remove", "zero_weight"}) | form::map(drain_shape), "",
       "What becomes of a server that fails; remove."},
      {"combine", form::words(kCombinations), "", "What several checks make of a server; all."},
      {"check", check, "", "What tells whether a server works, or the name of such a check."},
      {"checks", form::list(check, 0, kChecksPerServerMax), "", "Several of them."},
  };
}

Forms form::real_servers() {
  return list(text(kServerText) | map(real_server_shape), 0, kServersMax);
}

// ---- Checks.

CheckMaker::CheckMaker(const Reading& into) : into_(into) {
  for (std::size_t i = 0; i < into.config.checks.size(); ++i) {
    const CheckConfig& check = into.config.checks[i];
    named_.emplace(check.name, into.places.checks[i].name);
    if (const auto endpoint = endpoint_of(check.target)) made_.emplace(endpoint->to_string(), i);
  }
}

CheckTemplates CheckMaker::read(MapReader& map) {
  CheckTemplates templates;
  if (map.has("check") && map.has("checks")) {
    into_.faults.add(*map.find("check"), "check: there are 'checks' already, expected one of both");
  }
  const auto read_one = [&](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kMap) {
      templates.push_back({"", read_server_check(node, into_), &node});
    } else {
      read_named(node, templates);
    }
  };
  if (const YamlNode* node = map.find("check")) read_one(*node);
  for (const YamlNode* node : map.list("checks")) read_one(*node);
  return templates;
}

void CheckMaker::read_named(const YamlNode& node, CheckTemplates& templates) {
  const YamlText* name =
      read_text(into_.faults, "check", node, "a check, or the name of one under 'checks'");
  if (name == nullptr || !into_.places.all_checks_named) return;
  if (named_.contains(*name)) {
    templates.push_back({*name, {}, &node});
    return;
  }
  std::vector<std::string_view> candidates;
  for (const auto& [candidate, place] : named_) candidates.push_back(candidate);
  into_.faults.add(node,
                   "check: no check is called " + quote(*name) + did_you_mean(*name, candidates));
}

std::vector<std::string> CheckMaker::make(const CheckTemplates& templates,
                                          const std::string& service, const Endpoint& server) {
  std::vector<std::string> names;
  for (const CheckTemplate& one : templates) {
    std::string name = one.name;
    if (name.empty()) {
      const std::size_t number = names.size() + 1;
      name = server_name(service, server);
      if (number > 1) name += '/' + std::to_string(number);
      name = make(one, name, server);
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::string CheckMaker::make(const CheckTemplate& one, const std::string& name,
                             const Endpoint& server) {
  CheckConfig check = one.own.config;
  check.name = name;
  CheckPlaces at = one.own.at;
  const std::optional<CheckEndpoint> given = endpoint_of(check.target);
  if (given && *given == CheckEndpoint{}) {
    CheckEndpoint endpoint = server;
    if (one.own.host) endpoint.address = *one.own.host;
    if (one.own.port != 0) endpoint.port = one.own.port;
    if (std::holds_alternative<PingCheck>(check.target)) {
      endpoint.port = 0;
    } else if (endpoint.port == 0) {
      into_.faults.add(*one.node, "the server " + server.address.to_string() +
                                      " has no port, expected 'port' here");
    }
    if (check.connect.source && check.connect.source->family() != endpoint.address.family()) {
      into_.faults.add(*one.node, "source: expected an address of the family of the server " +
                                      endpoint.address.to_string());
    }
    set_endpoint(check.target, endpoint);
    if (check.connect.interface.empty() && lacks_link(check.target)) {
      into_.faults.add(*one.node, endpoint.address.to_string() +
                                      " is a link-local address, expected here the link that it is "
                                      "on, such as 'interface: eth0'");
    }
  }
  std::vector<CheckConfig>& checks = into_.config.checks;
  const auto endpoint = endpoint_of(check.target);
  const std::string key = endpoint ? endpoint->to_string() : "";
  const auto [begin, end] = made_.equal_range(key);
  for (auto it = begin; it != end; ++it) {
    if (ask_the_same(check, checks[it->second])) return checks[it->second].name;
  }
  made_.emplace(key, checks.size());
  checks.push_back(std::move(check));
  into_.places.checks.push_back(at);
  return name;
}

// ---- Servers.

void read_server_defaults(MapReader& map, const Reading& into, RealServerConfig& server) {
  if (const YamlNode* node = map.find("forwarding")) {
    server.forwarding = read_forwarding(*node, into.faults);
    check_forwarding(*node, into, server.forwarding);
  }
  read_on_failure(map, into.faults, server.on_failure);
  map.choice("combine", kCombinations, server.combine);
}

std::optional<Endpoint> read_server_endpoint(std::string_view key, const YamlNode& node,
                                             Faults& faults, std::uint16_t port) {
  constexpr std::string_view kWhat = kServerText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return {};
  Endpoint endpoint;
  std::string_view host = *text;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  // No text is both. Most have a port, and to be told in words why it is no address takes time.
  if (const Result<Endpoint> both = Endpoint::parse(*text)) {
    endpoint = *both;
  } else if (const Result<IpAddress> address = IpAddress::parse(host)) {
    endpoint = {*address, port};
  } else {
    expected(faults, key, node, kWhat);
    return {};
  }
  if (!endpoint.address.is_unspecified() && !endpoint.address.is_multicast()) return endpoint;
  expected(faults, key, node, kWhat);
  return {};
}

bool is_server(std::string_view text) {
  return is_taken(text, [](Faults& faults, const YamlNode& node) {
    read_server_endpoint("", node, faults, 0);
  });
}

std::uint16_t port_of_servers(const VirtualServerConfig& service) {
  const std::vector<ServiceAddress>& all = service.addresses;
  const auto differs = [&](const ServiceAddress& one) {
    return one.endpoint.port != all[0].endpoint.port;
  };
  const bool kept = service.one_service && std::any_of(all.begin(), all.end(), differs);
  return all.empty() || kept ? std::uint16_t{0} : all[0].endpoint.port;
}

void check_reach(const VirtualServerConfig& service, const Endpoint& server,
                 const ForwardingConfig& forwarding, const YamlNode& node, Faults& faults) {
  const bool masquerade = forwarding.method == ForwardingMethod::kMasquerade;
  const bool tunnel = forwarding.method == ForwardingMethod::kTunnel;
  if (service.addresses.empty()) return;
  if (server.address.family() != service.family() && !tunnel) {
    faults.add(node,
               "address: " + quote(server.address.to_string()) +
                   " is not of the family of the virtual server, which only a tunnel bridges");
  }
  if (masquerade || service.addresses[0].mark != 0) return;
  std::vector<std::uint16_t> ports{port_of_servers(service)};
  if (!service.one_service) {
    for (const ServiceAddress& one : service.addresses) ports.push_back(one.endpoint.port);
  }
  for (const std::uint16_t port : ports) {
    if (server.port == port) continue;
    const std::string that = "that of the virtual server, " + std::to_string(port);
    faults.add(node, "address: found the port " + std::to_string(server.port) + ", expected " +
                         (port != 0 ? that : "none, as of the virtual server") +
                         ": only masquerading changes it");
    return;
  }
}

void read_real_server(const YamlNode& node, const Reading& into, const ServerDefaults& defaults,
                      CheckMaker& checks, VirtualServerConfig& service) {
  RealServerConfig server = defaults.server;
  const YamlNode* place = &node;
  std::optional<CheckTemplates> own;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(into.faults, node, real_server_shape());
    place = map.find("address");
    map.integer("weight", server.weight);
    map.integer("upper", server.upper);
    for (const std::string_view key : {"upper", "lower"}) refuse_without_ipvs(map, key, into);
    const YamlNode* lower = map.integer("lower", server.lower);
    if (lower != nullptr && server.lower > server.upper) {
      expected(into.faults, "lower", *lower, "at most upper, " + std::to_string(server.upper));
    }
    read_server_defaults(map, into, server);
    if (map.has("check") || map.has("checks")) own = checks.read(map);
  }
  if (place == nullptr) return;
  const auto endpoint =
      read_server_endpoint("address", *place, into.faults, port_of_servers(service));
  if (!endpoint) return;
  server.endpoint = *endpoint;
  check_reach(service, server.endpoint, server.forwarding, *place, into.faults);
  server.checks = checks.make(own ? *own : defaults.checks, service.name, server.endpoint);
  service.real_servers.push_back(std::move(server));
}

}  // namespace holdfast
