// SPDX-License-Identifier: Apache-2.0
#include "config/load_routes.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "config/load_addresses.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

constexpr std::int64_t kNumberMax = 0xffffffff;
constexpr std::size_t kHopsMax = 64;

constexpr std::array kTypes{Choice<RouteType>{"unicast", RouteType::kUnicast},
                            Choice<RouteType>{"blackhole", RouteType::kBlackhole},
                            Choice<RouteType>{"unreachable", RouteType::kUnreachable},
                            Choice<RouteType>{"prohibit", RouteType::kProhibit},
                            Choice<RouteType>{"throw", RouteType::kThrow}};
constexpr std::array kActions{Choice<RuleAction>{"lookup", RuleAction::kLookup},
                              Choice<RuleAction>{"blackhole", RuleAction::kBlackhole},
                              Choice<RuleAction>{"unreachable", RuleAction::kUnreachable},
                              Choice<RuleAction>{"prohibit", RuleAction::kProhibit}};
constexpr std::array kTables{Choice<std::uint32_t>{"main", kMainTable},
                             Choice<std::uint32_t>{"default", 253},
                             Choice<std::uint32_t>{"local", kLocalTable}};
constexpr std::array kFamilies{Choice<Family>{"ipv4", Family::kIpv4},
                               Choice<Family>{"ipv6", Family::kIpv6}};

// Decimal, or hexadecimal after 0x.
std::optional<std::uint32_t> parse_mark(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, hex ? 16 : 10);
  if (text.empty() || error != std::errc{} || stop != end) return {};
  return value;
}

struct MarkAndMask {
  std::uint32_t mark = 0;
  std::uint32_t mask = 0xffffffff;
};

std::optional<MarkAndMask> mark_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto mark = parse_mark(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::optional{0xffffffffU}
                                                    : parse_mark(text.substr(slash + 1));
  if (!mark || !mask || *mask == 0 || (*mark & ~*mask) != 0) return std::nullopt;
  return MarkAndMask{*mark, *mask};
}

constexpr TextForm kMarkText{"MARK or MARK/MASK, such as 24 or 0x18/0xff",
                             "^(0x[0-9A-Fa-f]+|[0-9]+)(/(0x[0-9A-Fa-f]+|[0-9]+))?$",
                             [](std::string_view text) { return !!mark_of(text); }};

const Shape& nexthop_shape() {
  static const Shape shape{
      "nexthop",
      "a nexthop",
      {{"via", form::text(kHostText), "", "The next router."},
       {"dev", form::text(kInterfaceText), "", "The interface."},
       {"weight", form::whole(1, 256), "1", "Its share."},
       {"onlink", form::boolean(), "false", "The next router is on the interface, come what may."}},
      {}};
  return shape;
}

void read_table(MapReader& map, std::uint32_t& table) {
  const YamlNode* node = map.find("table");
  if (node == nullptr) return;
  const bool number = node->kind == YamlNode::Kind::kScalar && parse_integer(node->text);
  if (number) {
    map.integer("table", table);
  } else {
    map.choice("table", kTables, table);
  }
}

bool read_track(MapReader& map) {
  bool no_track = false;
  map.boolean("no_track", no_track);
  return !no_track;
}

class RouteReader {
 public:
  RouteReader(Faults& faults, const YamlNode& node)
      : faults_(faults), node_(node), map_(faults, node, route_shape()) {}

  std::optional<RouteConfig> read() {
    if (!map_.has("to")) return {};
    map_.choice("type", kTypes, route_.type);
    if (route_.type == RouteType::kUnicast) {
      read_hops();
    } else if (map_.has("via") || map_.has("dev") || map_.has("onlink") || map_.has("nexthops")) {
      fault(node_, "a route: one that leads nowhere has no via, dev, onlink or nexthops");
    }
    if (const YamlNode* src = map_.find("src")) {
      route_.source = read_host(faults_, "src", *src);
      faulty_ = faulty_ || !route_.source;
    }
    read_destination(*map_.find("to"));
    read_table(map_, route_.table);
    std::uint32_t metric = 0;
    if (map_.integer("metric", metric) != nullptr) route_.metric = metric;
    if (faulty_) return {};
    check_families();
    std::uint8_t scope = 0;
    if (read_scope(map_, scope) != nullptr) route_.scope = scope;
    if (route_.scope && !route_.to.address.is_v4()) {
      fault(*map_.find("scope"), "scope: IPv6 routes have none");
    }
    route_.track = read_track(map_);
    return faulty_ ? std::nullopt : std::optional{route_};
  }

 private:
  void fault(const YamlNode& node, std::string message) {
    faults_.add(node, std::move(message));
    faulty_ = true;
  }

  void read_hops() {
    const bool one = map_.has("via") || map_.has("dev") || map_.has("onlink");
    if (one == map_.has("nexthops")) {
      fault(node_, one ? "a route: found nexthops beside via, dev or onlink, expected one of both"
                       : "a route: expected via, dev or nexthops");
      return;
    }
    if (one) {
      read_hop(map_, node_);
      return;
    }
    for (const YamlNode* entry : map_.list("nexthops")) {
      MapReader map(faults_, *entry, nexthop_shape());
      if (!map.is_map() || !read_hop(map, *entry)) {
        faulty_ = true;
        continue;
      }
      map.integer("weight", route_.hops.back().weight);
    }
    faulty_ = faulty_ || route_.hops.empty();
  }

  bool read_hop(MapReader& map, const YamlNode& node) {
    RouteHop hop;
    const YamlNode* via = map.find("via");
    if (via != nullptr) hop.via = read_host(faults_, "via", *via);
    const bool device = map.text("dev", hop.device) != nullptr;
    map.boolean("onlink", hop.onlink);
    if ((via != nullptr && !hop.via) || (map.has("dev") && !device)) {
      faulty_ = true;
    } else if (!hop.via && !device) {
      fault(node, "a nexthop: expected via, dev or both");
    } else if (hop.onlink && !(hop.via && device)) {
      fault(*map.find("onlink"), "onlink: expected via and dev beside it");
    }
    if (faulty_) return false;
    route_.hops.push_back(std::move(hop));
    return true;
  }

  // "default" is of the family of what stands beside it, IPv4 if nothing does.
  void read_destination(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kScalar && node.text == "default") {
      const auto ipv6 = [](const std::optional<IpAddress>& address) {
        return address && !address->is_v4();
      };
      const bool six = ipv6(route_.source) || (!route_.hops.empty() && ipv6(route_.hops[0].via));
      route_.to = {six ? IpAddress::v6({}) : IpAddress{}, 0};
    } else if (const auto network = read_network(faults_, "to", node)) {
      route_.to = *network;
    } else {
      faulty_ = true;
    }
  }

  void check_families() {
    const Family family = route_.to.address.family();
    const auto differs = [&](const std::optional<IpAddress>& address) {
      return address && address->family() != family;
    };
    bool hops = false;
    for (const RouteHop& hop : route_.hops) hops = hops || differs(hop.via);
    if (hops || differs(route_.source)) {
      fault(node_, "a route: found addresses of both families, expected those of one");
    }
  }

  Faults& faults_;
  const YamlNode& node_;
  MapReader map_;
  RouteConfig route_;
  bool faulty_ = false;
};

class RuleReader {
 public:
  RuleReader(Faults& faults, const YamlNode& node)
      : faults_(faults), node_(node), map_(faults, node, rule_shape()) {}

  std::optional<RuleConfig> read() {
    if (map_.integer("priority", rule_.priority) == nullptr) return {};
    rule_.from = read_selector("from");
    rule_.to = read_selector("to");
    read_family();
    for (auto [key, name] : {std::pair{"iif", &rule_.iif}, std::pair{"oif", &rule_.oif}}) {
      if (map_.has(key) && map_.text(key, *name) == nullptr) faulty_ = true;
    }
    read_mark();
    map_.choice("action", kActions, rule_.action);
    const bool looks_up = rule_.action == RuleAction::kLookup;
    if (looks_up != map_.has("table")) {
      fault(node_, looks_up ? "a rule: expected a table, or another action"
                            : "a rule: found a table, expected the action lookup");
    }
    read_table(map_, rule_.table);
    if (looks_up && rule_.table == 0) return {};  // The table is faulty.
    const bool track = read_track(map_);
    return faulty_ ? std::nullopt : std::optional{RuleConfig{rule_, track}};
  }

 private:
  void fault(const YamlNode& node, std::string message) {
    faults_.add(node, std::move(message));
    faulty_ = true;
  }

  // "all" is nothing in particular.
  std::optional<IpPrefix> read_selector(std::string_view key) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr || (node->kind == YamlNode::Kind::kScalar && node->text == "all")) {
      return {};
    }
    const std::optional<IpPrefix> network = read_network(faults_, key, *node);
    if (!network) {
      faulty_ = true;
    } else if (network->length == 0) {
      fault(*node, std::string(key) + ": expected all, and the family of the rule");
    }
    return network;
  }

  void read_family() {
    const auto& known = rule_.from ? rule_.from : rule_.to;
    if (known) rule_.family = known->address.family();
    const bool given = map_.choice("family", kFamilies, rule_.family) != nullptr;
    const auto differs = [&](const std::optional<IpPrefix>& selector) {
      return selector && selector->address.family() != rule_.family;
    };
    if (differs(rule_.from) || differs(rule_.to)) {
      fault(given ? *map_.find("family") : node_,
            "a rule: found networks of both families, expected those of one");
    }
  }

  void read_mark() {
    const YamlNode* node = map_.find("fwmark");
    if (node == nullptr) return;
    constexpr std::string_view kWhat = kMarkText.what;
    const YamlText* text = read_text(faults_, "fwmark", *node, kWhat);
    const auto mark = text == nullptr ? std::nullopt : mark_of(*text);
    if (mark) {
      rule_.fwmark = mark->mark;
      rule_.fwmask = mark->mask;
      return;
    }
    if (text != nullptr) expected(faults_, "fwmark", *node, kWhat);
    faulty_ = true;
  }

  Faults& faults_;
  const YamlNode& node_;
  MapReader map_;
  Rule rule_;
  bool faulty_ = false;
};

}  // namespace

Forms form::table() {
  return words(kTables) | whole(1, kNumberMax);
}

const Shape& route_shape() {
  static const Shape shape{
      "route",
      "a route",
      {{"to", form::words({"default"}) | form::text(kNetworkText), kRequired, "Where it leads."},
       {"via", form::text(kHostText), "", "The next router."},
       {"dev", form::text(kInterfaceText), "", "The interface."},
       {"src", form::text(kHostText), "", "The source of what this node sends there."},
       {"table", form::table(), "main", "The table of routing that it is in."},
       {"metric", form::whole(0, kNumberMax), "", "The lowest of several to one network counts."},
       {"scope", form::scope(), "", "Of IPv4, as in ip route."},
       {"onlink", form::boolean(), "false", "The next router is on the interface, come what may."},
       {"type", form::words(kTypes), "unicast", "All others lead nowhere."},
       {"nexthops", form::list(form::map(nexthop_shape), 1, kHopsMax), "",
        "Several ways, instead of via and dev."},
       {"no_track", form::boolean(), "false", "true: nothing happens when somebody removes it."}},
      {}};
  return shape;
}

const Shape& rule_shape() {
  static const Shape shape{
      "rule",
      "a rule",
      {{"family", form::words(kFamilies), "", "Of the packets; that of from or to, else ipv4."},
       {"priority", form::whole(1, kNumberMax), kRequired, "The lowest is looked at first."},
       {"from", form::words({"all"}) | form::text(kNetworkText), "all", "Where packets come from."},
       {"to", form::words({"all"}) | form::text(kNetworkText), "all", "Where packets go."},
       {"iif", form::text(kInterfaceText), "", "The interface that packets come in by."},
       {"oif", form::text(kInterfaceText), "",
        "The interface that packets of this node go out by."},
       {"fwmark", form::text(kMarkText), "", "The mark of packets, and which bits of it count."},
       {"table", form::table(), "", "Where to look, with the action lookup."},
       {"action", form::words(kActions), "lookup", "What becomes of the packets."},
       {"no_track", form::boolean(), "false", "true: nothing happens when somebody removes it."}},
      {}};
  return shape;
}

std::optional<RouteConfig> read_route(Faults& faults, const YamlNode& node) {
  return RouteReader(faults, node).read();
}

std::optional<RuleConfig> read_rule(Faults& faults, const YamlNode& node) {
  return RuleReader(faults, node).read();
}

std::optional<IpPrefix> read_destination(Faults& faults, std::string_view key,
                                         const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kScalar && node.text == "default") return IpPrefix{};
  return read_network(faults, key, node);
}

bool read_route_table(MapReader& map, std::uint32_t& table) {
  std::uint32_t given = 0;
  read_table(map, given);
  if (map.has("table")) table = given;
  return table != 0;
}

}  // namespace holdfast
