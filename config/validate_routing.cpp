// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/scalars.h"
#include "config/validate.h"

// Addresses, routes and rules that several could want to hold.
namespace holdfast {
namespace {

// Two may want the same thing, but not two forms of it.
template <typename Key, typename Value>
class OneForm {
 public:
  // Where it stands in another form.
  const YamlNode* other(const Key& key, const Value& value, const YamlNode* node) {
    const auto [entry, fresh] = seen_.try_emplace(key, &value, node);
    return fresh || *entry->second.first == value ? nullptr : entry->second.second;
  }

 private:
  std::map<Key, std::pair<const Value*, const YamlNode*>> seen_;
};

void check_static_addresses(const Config& config, const Places& places, Faults& faults) {
  std::map<IpAddress, const YamlNode*> virtual_ones;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const InstancePlaces& at = places.instances[i];
    for (std::size_t j = 0; j < instance.addresses.size(); ++j) {
      virtual_ones.try_emplace(instance.addresses[j].address, at.addresses[j]);
    }
    for (std::size_t j = 0; j < instance.excluded_addresses.size(); ++j) {
      virtual_ones.try_emplace(instance.excluded_addresses[j].address, at.excluded_addresses[j]);
    }
  }
  for (std::size_t i = 0; i < config.fixed.addresses.size(); ++i) {
    const VirtualAddress& address = config.fixed.addresses[i];
    const auto [first, fresh] =
        virtual_ones.try_emplace(address.address, places.fixed.addresses[i]);
    if (fresh || address.address.is_link_local()) continue;
    faults.add(*places.fixed.addresses[i], "addresses: " + quote(address.address.to_string()) +
                                               " is given already, at " +
                                               place_text(*first->second));
  }
}

// Its own come and go with its state.
void check_tracked_routes(const InstanceConfig& instance, const InstancePlaces& places,
                          Faults& faults) {
  for (std::size_t i = 0; i < instance.track_routes.size(); ++i) {
    const TrackRoute& track = instance.track_routes[i];
    const bool own = std::any_of(instance.virtual_routes.begin(), instance.virtual_routes.end(),
                                 [&](const RouteConfig& route) {
                                   return route.to == track.to && route.table == track.table;
                                 });
    if (!own) continue;
    faults.add(*places.track_routes[i].name,
               "route: it is one of the instance's own, which come and go with its state");
  }
}

}  // namespace

void validate_routing(const Config& config, const Places& places, Faults& faults) {
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    check_tracked_routes(config.instances[i], places.instances[i], faults);
  }
  OneForm<RouteKey, RouteConfig> routes;
  OneForm<Rule, RuleConfig> rules;
  const auto check = [&](const std::vector<RouteConfig>& some_routes,
                         const std::vector<RuleConfig>& some_rules, const RoutingPlaces& at) {
    for (std::size_t i = 0; i < some_routes.size(); ++i) {
      const RouteConfig& route = some_routes[i];
      if (const YamlNode* other = routes.other(route.key(), route, at.routes[i])) {
        faults.add(*at.routes[i], "a route: another one to " + quote(route.to.to_string()) +
                                      " with the same table and metric is given, at " +
                                      place_text(*other));
      }
    }
    for (std::size_t i = 0; i < some_rules.size(); ++i) {
      const RuleConfig& rule = some_rules[i];
      if (const YamlNode* other = rules.other(rule.rule, rule, at.rules[i])) {
        faults.add(*at.rules[i],
                   "a rule: it is given with another no_track, at " + place_text(*other));
      }
    }
  };
  check(config.fixed.routes, config.fixed.rules, places.fixed.routing);
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    check(instance.virtual_routes, instance.virtual_rules, places.instances[i].routing);
  }
  check_static_addresses(config, places, faults);
}

}  // namespace holdfast
