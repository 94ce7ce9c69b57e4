// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// `firewall:` of `vrrp` and of an instance.
namespace holdfast {
namespace {

constexpr std::array kFirewalls{Choice<Firewall>{"none", Firewall::kNone},
                                Choice<Firewall>{"peers", Firewall::kPeers}};

}  // namespace

Forms form::firewall() {
  return words(kFirewalls);
}

void read_firewall(MapReader& map, Firewall& firewall) {
  map.choice("firewall", kFirewalls, firewall);
}

// Peers that were written wrong are reported where they stand.
void check_firewall(const MapReader& map, const InstanceConfig& instance, Faults& faults) {
  if (instance.firewall == Firewall::kNone || !map.is_map()) return;
  if (map.has("unicast") || map.has("allowed_sources")) return;
  const YamlNode* const own = map.find("firewall");
  const YamlNode* const name = map.find("name");
  faults.add(own != nullptr    ? *own
             : name != nullptr ? *name
                               : map.node(),
             "firewall: peers drops the adverts of all but the peers, and instance " +
                 quote(instance.name) +
                 " does not say who they are, expected unicast: {peers: [...]} or "
                 "allowed_sources: [...] beside it" +
                 (own != nullptr ? "" : ", or firewall: none"));
}

}  // namespace holdfast
