// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's virtual devices: which there should be, against which there are. A device is there for
// as long as its instance is configured and its base is there. It is up only while its router is
// active: nothing but the active router may show the virtual MAC address to a switch.
namespace holdfast::vrrp {

// Who leaves keeps its device until it has let go; a successor may want one of the same name.
const Instance* VrrpCore::user_of_device(const std::string& name) const {
  const auto leaver = devices_of_leaving_.find(name);
  if (leaver != devices_of_leaving_.end()) return leaver->second;
  const auto it = devices_.find(name);
  return it == devices_.end() ? nullptr : it->second;
}

bool VrrpCore::lacks_device(const Instance& instance) const {
  if (!instance.config.virtual_device) return false;
  const Link* device = links_.named(instance.config.device());
  return device == nullptr || !mark_of(*device);
}

std::optional<DeviceSpec> VrrpCore::wanted_device(const Instance& instance) const {
  if (stopping_ && (!begun_ || !instance.router.holds_addresses())) return std::nullopt;
  const Link* base = links_.named(instance.config.interface);
  if (base == nullptr) return std::nullopt;
  DeviceSpec spec;
  spec.name = instance.config.virtual_device->name;
  spec.kind = instance.config.virtual_device->kind;
  spec.base = base->index;
  const auto master = links_.all().find(base->master);
  if (master != links_.all().end() && master->second.kind == "vrf") spec.vrf = base->master;
  spec.mac = virtual_mac(instance.config.family(), instance.config.vrid);
  return spec;
}

void VrrpCore::settle_devices() {
  std::set<std::string> names;
  for (const auto& [name, instance] : devices_) names.insert(name);
  for (const auto& [index, link] : links_.all()) {
    if (mark_of(link)) names.insert(link.name);
  }
  for (const std::string& name : names) settle_device(name);
}

// It, or a base of devices, came, went or changed.
void VrrpCore::settle_devices_on(const std::string& interface) {
  if (!configured_) return;
  settle_device(interface);
  const auto it = by_interface_.find(interface);
  if (it == by_interface_.end()) return;
  for (const Instance* instance : it->second) {
    const bool is_base = instance->config.virtual_device && instance->config.interface == interface;
    if (is_base) settle_device(instance->config.device());
  }
}

void VrrpCore::settle_device(const std::string& name) {
  const Instance* user = user_of_device(name);
  const std::optional<DeviceSpec> wanted = user == nullptr ? std::nullopt : wanted_device(*user);
  const Link* have = links_.named(name);
  if (have != nullptr && mark_of(*have) && !(wanted && is_as(*have, *wanted))) {
    remove_device(*have);
    have = nullptr;
  }
  if (!wanted) return;
  if (have == nullptr) {
    if (!making_.contains(name)) make_device(*user, *wanted);
    return;
  }
  // One of somebody else: the kernel says so, to whoever wants to make another of its name.
  if (!mark_of(*have)) return make_device(*user, *wanted);
  Link& base = *links_.find(wanted->base);
  const ArpSettings arp = shielded(base.arp);
  if (base.arp == arp) return;
  base.arp = arp;
  actions_.emplace_back(ChangeDevice{SetArp{base.index, arp}});
}

// What the base was like before stands on the device, so that it can be restored by whoever removes
// the last one. So the device comes first.
void VrrpCore::make_device(const Instance& instance, const DeviceSpec& spec) {
  if (instance.refusal && instance.refusal->until) return;
  making_.insert(spec.name);
  const ArpSettings before = arp_before(*links_.find(spec.base));
  actions_.emplace_back(ChangeDevice{MakeDevice{spec, to_alias({instance.config.name, before})}});
}

void VrrpCore::remove_device(const Link& device) {
  const int base = device.base;
  const ArpSettings before = mark_of(device)->before;
  actions_.emplace_back(ChangeDevice{RemoveDevice{device.index, device.name}});
  filter_.forget_link(turn(), device.index);
  links_.erase(device.index);
  restore_arp(base, before);
}

// If it was the last one on this base.
void VrrpCore::restore_arp(int base, const ArpSettings& before) {
  Link* const link = links_.find(base);
  if (link == nullptr || link->arp == before) return;
  for (const auto& [index, other] : links_.all()) {
    if (other.base == base && mark_of(other)) return;
  }
  link->arp = before;
  actions_.emplace_back(ChangeDevice{SetArp{base, before}});
}

// As it was before the first device on it.
ArpSettings VrrpCore::arp_before(const Link& base) const {
  for (const auto& [index, link] : links_.all()) {
    if (link.base != base.index) continue;
    if (const std::optional<DeviceMark> mark = mark_of(link)) return mark->before;
  }
  return base.arp;
}

// Of no interest if the link is none of ours.
void VrrpCore::enable(Link& device, bool up) {
  if (device.enabled == up || !mark_of(device)) return;
  device.enabled = up;
  actions_.emplace_back(ChangeDevice{EnableDevice{device.index, device.name, up}});
}

// Whether addresses may be put on this link. If it is a virtual device, it must be ours, and is up
// or down as its routers are: one that leaves, and one that follows it.
bool VrrpCore::ready(Link& link) {
  const Instance* user = user_of_device(link.name);
  if (user == nullptr) return true;
  if (lacks_device(*user)) return false;
  const auto follower = devices_.find(link.name);
  enable(link, user->router.holds_addresses() ||
                   (follower != devices_.end() && follower->second->router.holds_addresses()));
  return true;
}

// Its router has let go of its addresses.
void VrrpCore::disable_if_idle(const Instance& instance) {
  if (!instance.config.virtual_device) return;
  const std::string& name = instance.config.device();
  if (stopping_) return settle_device(name);
  Link* const device = links_.named(name);
  if (device != nullptr) ready(*device);
}

// A device that was made for a router which is active already, since somebody took away the one
// before, or by a new configuration.
void VrrpCore::welcome_device(const std::string& name) {
  const auto it = devices_.find(name);
  if (it == devices_.end() || it->second->router.state() != VrrpState::kActive) return;
  if (lacks_device(*it->second)) return;
  log(LogLevel::kInfo, it->second->config.name + ": its addresses are on " + name + " now");
  perform(*it->second, Announce{});
  settle(*it->second);
}

void VrrpCore::device_refused(const DeviceRefused& event) {
  making_.erase(event.device);
  const auto it = devices_.find(event.device);
  if (it == devices_.end()) return;
  if (Link* device = links_.named(event.device)) device->enabled = false;
  cannot_hold(*it->second, "the kernel refused " + event.device + ": " + event.error);
}

}  // namespace holdfast::vrrp
