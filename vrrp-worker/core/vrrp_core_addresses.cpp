// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "vrrp-worker/core/address_plan.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's addresses: what its links should hold, against what they hold.
namespace holdfast::vrrp {

namespace {

// Twice as long after each refusal in a row, up to the longest.
constexpr auto kRefusalPause = std::chrono::seconds{5};
constexpr auto kRefusalPauseMax = std::chrono::minutes{5};

}  // namespace

// What became of one instance changes its own addresses only.
void VrrpCore::hold(const Instance& instance) {
  Link* link = links_.named(instance.config.device());
  if (link == nullptr || lacks_device(instance)) return;
  enable(*link, true);
  for (const IpPrefix& prefix : instance.config.held()) {
    if (link->find(prefix) == nullptr) add(*link, prefix);
  }
}

void VrrpCore::let_go(const Instance& instance) {
  Link* link = links_.named(instance.config.device());
  if (link == nullptr) return;
  for (const IpPrefix& prefix : instance.config.held()) {
    const LinkAddress* have = link->find(prefix);
    if (have == nullptr || held_by_another(instance, prefix)) continue;
    // The address of an owner is the interface's own: it stays when VRRP goes, unless we put it.
    if (instance.config.owns_addresses_of_interface() && !have->marked) continue;
    remove(*link, prefix);
  }
  disable_if_idle(instance);
}

// No two instances have an address in common, but for one that leaves and one that follows it.
bool VrrpCore::held_by_another(const Instance& instance, const IpPrefix& prefix) const {
  const auto holds = [&](const Instance& other) {
    if (&other == &instance || !other.router.holds_addresses()) return false;
    const std::vector<IpPrefix> held = other.config.held();
    return std::find(held.begin(), held.end(), prefix) != held.end();
  };
  const std::pair place{instance.config.device(), prefix.address};
  const auto [first, last] = leaving_by_address_.equal_range(place);
  if (std::any_of(first, last, [&](const auto& entry) { return holds(*entry.second); }))
    return true;
  const auto it = by_address_.find(place);
  return it != by_address_.end() && holds(*it->second);
}

// Everything that a link should hold.
void VrrpCore::reconcile(const std::string& interface) {
  Link* link = links_.named(interface);
  if (link == nullptr) return;
  // What is there under the name of a device of ours may be somebody else's.
  const auto user = devices_.find(interface);
  if (user != devices_.end() && lacks_device(*user->second)) return;
  const Demand demand = demand_on(interface);
  const AddressPlan plan = plan_addresses(demand.desired, demand.ours, link->addresses);
  enable(*link, !demand.desired.empty());
  for (const IpPrefix& prefix : plan.add) add(*link, prefix);
  for (const IpPrefix& prefix : plan.remove) remove(*link, prefix);
}

void VrrpCore::add(Link& link, const IpPrefix& prefix) {
  actions_.emplace_back(AddAddress{link.index, prefix});
  link.insert({prefix, true});
}

void VrrpCore::remove(Link& link, const IpPrefix& prefix) {
  actions_.emplace_back(RemoveAddress{link.index, prefix});
  link.erase(prefix);
}

VrrpCore::Demand VrrpCore::demand_on(const std::string& interface) const {
  Demand demand;
  const Link* link = links_.named(interface);
  const auto add = [&](const Instance& instance) {
    if (instance.config.device() != interface) return;
    const bool active = instance.router.state() == VrrpState::kActive;
    for (const IpPrefix& prefix : instance.config.held()) {
      // Who is about to let go keeps what is there.
      const bool is_there = link != nullptr && link->find(prefix) != nullptr;
      if (active || (is_there && instance.router.holds_addresses())) demand.desired.insert(prefix);
      if (!instance.config.owns_addresses_of_interface()) demand.ours.insert(prefix.address);
    }
  };
  const auto it = by_interface_.find(interface);
  if (it != by_interface_.end()) {
    for (const Instance* instance : it->second) add(*instance);
  }
  for (const Instance& instance : leaving_) add(instance);
  return demand;
}

void VrrpCore::address_refused(const AddressRefused& event) {
  Link* link = links_.find(event.link);
  if (link == nullptr) return;
  link->erase(event.prefix);
  const auto it = by_address_.find({link->name, event.prefix.address});
  if (it == by_address_.end() || !it->second->router.holds_addresses()) return;
  cannot_hold(*it->second, "the kernel refused " + event.prefix.to_string() + " on " + link->name +
                               ": " + event.error);
}

// It cannot hold what it should: in fault, until another attempt.
void VrrpCore::cannot_hold(Instance& instance, std::string reason) {
  const Duration pause = std::min<Duration>(
      instance.refusal ? 2 * instance.refusal->pause : Duration{kRefusalPause}, kRefusalPauseMax);
  instance.refusal = Refusal{std::move(reason), pause, now_ + pause};
  stand(instance);
  settle(instance);
}

// A router that lasts has put its refusal behind it.
void VrrpCore::end_refusal(Instance& instance) {
  if (!instance.refusal || !instance.refusal->until || *instance.refusal->until > now_) return;
  instance.refusal->until.reset();
  if (instance.config.virtual_device) settle_device(instance.config.device());
  stand(instance);
}

// What a router holds is ours, though the kernel may keep no mark of it and the new configuration
// does not name it.
void VrrpCore::claim(const InstanceConfig& before, const Router& router) {
  Link* link = links_.named(before.device());
  if (link == nullptr || !router.holds_addresses() || before.owns_addresses_of_interface()) return;
  for (const IpPrefix& prefix : before.held()) {
    if (link->find(prefix) != nullptr) link->insert({prefix, true});
  }
}

void VrrpCore::log_lost_addresses(const Link& before, const Link& after) {
  for (const IpPrefix& prefix : demand_on(before.name).desired) {
    if (before.find(prefix) != nullptr && after.find(prefix) == nullptr) {
      log(LogLevel::kWarning,
          prefix.to_string() + " was removed from " + before.name + " by somebody else: put back");
    }
  }
}

}  // namespace holdfast::vrrp
