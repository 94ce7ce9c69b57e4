// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "vrrp-worker/core/stand_ins.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's ear for what the kernel says of routes, rules and the packet filter, which keepers of
// their own look after; and the addresses that are static.
namespace holdfast::vrrp {

// ---- Routes and rules

void VrrpCore::routing_changed(const RoutingChanged& event) {
  Routes routes;
  for (const Route& route : event.routes) routes.insert_or_assign(route.key, route);
  cannot_hold(routes_.read(turn(), routes, {event.rules.begin(), event.rules.end()}, begun_));
  if (begun_) routes_.repair(turn());
}

void VrrpCore::route_refused(const RouteRefused& event) {
  if (is_stand_in(event.route)) return;  // The address itself follows.
  cannot_hold(routes_.refused(turn(), event.route, event.error));
}

void VrrpCore::rule_refused(const RuleRefused& event) {
  cannot_hold(routes_.refused(turn(), event.rule, event.error));
}

// Who lost more than one thing is in fault by the first.
void VrrpCore::cannot_hold(const RouteKeeper::Faults& faults) {
  for (const auto& [instance, reason] : faults) {
    if (instance->router.holds_addresses()) cannot_hold(*instance, reason);
  }
}

// ---- The packet filter

void VrrpCore::filter_read(const FilterRead& event) {
  const bool as_expected = filter_.read(event.filter);
  if (!begun_ || !filter_.wanted()) return;
  if (filter_.end_trouble()) stand_those_who_drop();
  if (!as_expected) filter_.repair(turn());
}

// An address that would accept what it must not is not held at all: this node is no router for it,
// until another attempt succeeds. Adverts of strangers are refused without the kernel's help, too.
void VrrpCore::filter_refused(const FilterRefused& event) {
  filter_.refused(turn(), event.error);
  stand_those_who_drop();
}

void VrrpCore::stand_those_who_drop() {
  std::vector<Instance*> instances;
  for (auto& [name, instance] : instances_) {
    if (instance.config.drops()) instances.push_back(&instance);
  }
  stand(instances);
}

// ---- What is static

// Before anything else looks at the addresses: a static one may be what adverts come from.
void VrrpCore::hold_fixed() {
  holds_fixed_ = true;
  routes_.hold_fixed(true);
  for (const VirtualAddress& address : fixed_) {
    Link* link = links_.named(address.device);
    if (link != nullptr && link->find(address) == nullptr) add(*link, address);
    candidates_.erase(address.device);
  }
}

void VrrpCore::fixed_changed(const std::vector<VirtualAddress>& before) {
  std::set<std::string> devices;
  for (const VirtualAddress& address : before) devices.insert(address.device);
  for (const VirtualAddress& address : fixed_) devices.insert(address.device);
  for (const std::string& device : devices) reconcile(device);
}

// The last thing that is done.
void VrrpCore::let_go_fixed() {
  if (!std::exchange(holds_fixed_, false)) return;
  routes_.hold_fixed(false);
  routes_.reconcile(turn());
  fixed_changed(fixed_);
}

bool VrrpCore::is_fixed(const std::string& device, const IpAddress& address) const {
  return holds_fixed_ &&
         std::any_of(fixed_.begin(), fixed_.end(), [&](const VirtualAddress& fixed) {
           return fixed.device == device && fixed.address == address;
         });
}

}  // namespace holdfast::vrrp
