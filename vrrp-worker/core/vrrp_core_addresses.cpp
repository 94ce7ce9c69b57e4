// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "vrrp-worker/core/address_plan.h"
#include "vrrp-worker/core/stand_ins.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's addresses: what its links should hold, against what they hold.
namespace holdfast::vrrp {

namespace {

// Twice as long after each refusal in a row, up to the longest.
constexpr auto kRefusalPause = std::chrono::seconds{5};
constexpr auto kRefusalPauseMax = std::chrono::minutes{5};

Repairs::Thing thing_of(const std::string& device, const IpPrefix& prefix) {
  return {device, prefix.to_string()};
}

RemoveAddress removal_of(const Link& link, const IpPrefix& prefix) {
  const LinkAddress* have = link.find(prefix);
  return {link.index, prefix, have == nullptr ? AddressTraits{} : have->traits};
}

}  // namespace

// What became of one instance changes its own addresses only.
void VrrpCore::hold(const Instance& instance) {
  const std::size_t first = actions_.size();
  if (Link* own = links_.named(instance.config.device())) ready(*own);
  for (const VirtualAddress& address : instance.config.held()) {
    Link* link = links_.named(instance.config.device_of(address));
    if (link == nullptr || !ready(*link)) continue;
    filter_.shut(turn(), *link, address.address);
    const LinkAddress* have = link->find(address);
    if (have != nullptr && !have->is_unlike(address)) continue;
    if (have != nullptr) remove(*link, address);
    add(*link, address);
  }
  announced_first_ = put_stand_ins(actions_, first, links_);
}

void VrrpCore::put_announced() {
  for (VrrpAction& action : announced_first_) actions_.push_back(std::move(action));
  announced_first_.clear();
}

void VrrpCore::let_go(const Instance& instance) {
  std::map<Link*, std::vector<IpPrefix>> gone;
  for (const VirtualAddress& address : instance.config.held()) {
    const std::string& device = instance.config.device_of(address);
    repairs_.forget_loss(thing_of(device, address));
    Link* link = links_.named(device);
    const LinkAddress* have = link == nullptr ? nullptr : link->find(address);
    if (have == nullptr || held_by_another(instance, device, address)) continue;
    // The address of an owner is the interface's own: it stays when VRRP goes, unless we put it.
    if (instance.config.owns_addresses_of_interface() && !have->marked) continue;
    actions_.emplace_back(removal_of(*link, address));
    gone[link].push_back(address);
  }
  for (auto& [link, prefixes] : gone) link->erase(std::move(prefixes));
  filter_.open(turn(), instance);
  disable_if_idle(instance);
}

// No two instances have an address in common, but for one that leaves and one that follows it.
bool VrrpCore::held_by_another(const Instance& instance, const std::string& device,
                               const IpPrefix& prefix) const {
  const auto holds = [&](const Instance& other) {
    if (&other == &instance || !other.router.holds_addresses()) return false;
    const std::vector<VirtualAddress> held = other.config.held();
    return std::any_of(held.begin(), held.end(), [&](const VirtualAddress& address) {
      return address.prefix() == prefix && other.config.device_of(address) == device;
    });
  };
  const std::pair place{device, prefix.address};
  const auto [first, last] = leaving_by_address_.equal_range(place);
  if (std::any_of(first, last, [&](const auto& entry) { return holds(*entry.second); })) {
    return true;
  }
  const auto it = by_address_.find(place);
  return it != by_address_.end() && holds(*it->second);
}

// Everything that a link should hold.
void VrrpCore::reconcile(const std::string& device) {
  Link* link = links_.named(device);
  if (link == nullptr || !ready(*link)) return;
  const Demand demand = demand_on(device);
  carry_out(*link, plan_addresses(demand.desired, demand.ours, link->addresses));
}

// The same, but what is missing is put back at a measured pace, and only if it is tracked.
void VrrpCore::repair(const std::string& device) {
  Link* link = links_.named(device);
  if (link == nullptr || !ready(*link)) return;
  const Demand demand = demand_on(device);
  AddressPlan plan = plan_addresses(demand.desired, demand.ours, link->addresses);
  std::vector<Repairs::Thing> put_back;
  const auto hold_back = [&](const VirtualAddress& address) {
    const Repairs::Thing thing = thing_of(device, address);
    if (!address.track || !repairs_.grant(thing, now_)) return true;
    if (repairs_.forget_loss(thing) && repairs_.worth_a_line(thing)) put_back.push_back(thing);
    return false;
  };
  std::erase_if(plan.replace, hold_back);
  std::erase_if(plan.add, hold_back);
  turn().log_losses(put_back);
  carry_out(*link, plan);
}

void VrrpCore::carry_out(Link& link, const AddressPlan& plan) {
  for (const VirtualAddress& address : plan.replace) {
    remove(link, address);
    add(link, address);
  }
  for (const VirtualAddress& address : plan.add) add(link, address);
  for (const IpPrefix& prefix : plan.remove) actions_.emplace_back(removal_of(link, prefix));
  link.erase(plan.remove);
  const bool own = std::any_of(plan.add.begin(), plan.add.end(), [&](const VirtualAddress& added) {
    return is_fixed(link.name, added.address);
  });
  if (!own) return;
  // Somebody may have waited for it as its primary one.
  candidates_.erase(link.name);
  stand(on_or_tracking(link.name));
}

void VrrpCore::add(Link& link, const VirtualAddress& address) {
  filter_.shut(turn(), link, address.address);
  const Duration lifetime = lifetime_of(link.name, address);
  actions_.emplace_back(AddAddress{link.index, address, address.traits, lifetime});
  link.insert({address, true, address.traits});
}

void VrrpCore::remove(Link& link, const IpPrefix& prefix) {
  actions_.emplace_back(removal_of(link, prefix));
  link.erase(prefix);
}

VrrpCore::Demand VrrpCore::demand_on(const std::string& device) const {
  Demand demand;
  const Link* link = links_.named(device);
  const auto add = [&](const Instance& instance) {
    const bool active = instance.router.state() == VrrpState::kActive;
    for (const VirtualAddress& address : instance.config.held()) {
      if (instance.config.device_of(address) != device) continue;
      // Who is about to let go keeps what is there.
      const bool is_there = link != nullptr && link->find(address) != nullptr;
      if (active || (is_there && instance.router.holds_addresses())) {
        demand.desired.insert(address);
      }
      if (!instance.config.owns_addresses_of_interface()) demand.ours.insert(address.address);
    }
  };
  const auto it = by_device_.find(device);
  if (it != by_device_.end()) {
    for (const Instance* instance : it->second) add(*instance);
  }
  for (const Instance& instance : leaving_) add(instance);
  if (!holds_fixed_) return demand;
  for (const VirtualAddress& address : fixed_) {
    if (address.device == device) demand.desired.insert(address);
  }
  return demand;
}

void VrrpCore::address_refused(const AddressRefused& event) {
  Link* link = links_.find(event.link);
  if (link == nullptr) return;
  link->erase(event.prefix);
  const auto it = by_address_.find({link->name, event.prefix.address});
  const std::string trouble =
      "the kernel refused " + event.prefix.to_string() + " on " + link->name + ": " + event.error;
  if (is_fixed(link->name, event.prefix.address)) {
    const Repairs::Thing thing = thing_of(link->name, event.prefix);
    repairs_.failed(thing, now_);
    if (repairs_.worth_a_line(thing)) log(LogLevel::kError, trouble);
    return;
  }
  if (it == by_address_.end() || !it->second->router.holds_addresses()) return;
  cannot_hold(*it->second, trouble);
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
  if (!router.holds_addresses() || before.owns_addresses_of_interface()) return;
  for (const VirtualAddress& address : before.held()) {
    Link* link = links_.named(before.device_of(address));
    const LinkAddress* have = link == nullptr ? nullptr : link->find(address);
    if (have != nullptr && !have->marked) link->insert({address, true, address.traits});
  }
}

// What is gone from a link though it is to be there. A link that goes down takes its IPv6
// addresses along, which is nobody's deed.
void VrrpCore::note_losses(const Link& before, const Link& after) {
  if (!before.up || !after.up || before.name != after.name) return;
  std::set<Instance*> ended;
  for (const VirtualAddress& address : demand_on(before.name).desired) {
    const bool gone = before.find(address) != nullptr && after.find(address) == nullptr;
    if (!gone || !address.track) continue;
    const auto it = by_address_.find({before.name, address.address});
    if (it != by_address_.end() && may_end(address) && has_ended(*it->second)) {
      ended.insert(it->second);
    } else if (it != by_address_.end() && it->second->config.strict == Strictness::kFault) {
      if (!it->second->router.holds_addresses()) continue;  // The loss of another was enough.
      cannot_hold(*it->second,
                  address.to_string() + " was removed from " + before.name + " by somebody else");
    } else {
      repairs_.note_loss(thing_of(before.name, address));
    }
  }
  for (Instance* instance : ended) note_ended(*instance);
}

}  // namespace holdfast::vrrp
