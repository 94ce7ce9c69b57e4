// SPDX-License-Identifier: Apache-2.0
#include <cstddef>

#include "config/load_addresses.h"
#include "config/load_parts.h"
#include "config/load_routes.h"
#include "config/reader.h"
#include "config/shapes.h"

// Routes and rules of an instance, and what stands under `static`.
namespace holdfast {
namespace {

constexpr std::size_t kMax = 1000;

}  // namespace

void read_routing(MapReader& map, std::string_view routes_key, std::string_view rules_key,
                  Faults& faults, Routing routing) {
  for (const YamlNode* node : map.list(routes_key)) {
    if (auto route = read_route(faults, *node)) {
      routing.routes.push_back(std::move(*route));
      routing.places.routes.push_back(node);
    }
  }
  for (const YamlNode* node : map.list(rules_key)) {
    if (auto rule = read_rule(faults, *node)) {
      routing.rules.push_back(std::move(*rule));
      routing.places.rules.push_back(node);
    }
  }
}

Forms form::routes() {
  return list(map(route_shape), 0, kMax);
}

Forms form::rules() {
  return list(map(rule_shape), 0, kMax);
}

const Shape& static_shape() {
  static const Shape shape{
      "static",
      "static",
      {{"addresses", form::list(form::map(address_shape, {"device"}), 0, kMax), "",
        "Addresses that are there while holdfastd runs."},
       {"routes", form::routes(), "", "Routes that are there while holdfastd runs."},
       {"rules", form::rules(), "", "Rules of routing that are there while holdfastd runs."}},
      {}};
  return shape;
}

void read_static(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, static_shape());
  StaticConfig& fixed = into.config.fixed;
  for (const YamlNode* entry : map.list("addresses")) {
    auto address = read_virtual_address(into.faults, "addresses", *entry);
    if (!address) continue;
    if (address->device.empty()) {
      into.faults.add(*entry, "addresses: a static address lacks the key 'device'");
      continue;
    }
    check_label(into.faults, *entry, *address, address->device);
    fixed.addresses.push_back(std::move(*address));
    into.places.fixed.addresses.push_back(entry);
  }
  read_routing(map, "routes", "rules", into.faults,
               {fixed.routes, fixed.rules, into.places.fixed.routing});
}

}  // namespace holdfast
