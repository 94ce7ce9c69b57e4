// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's configuration, the first and every reload: what is gone, changed and new by name, so
// that what did not change is not touched.
namespace holdfast::vrrp {

namespace {

// The same virtual router on the wire; anything else can change while it runs.
bool same_router(const InstanceConfig& a, const InstanceConfig& b) {
  return a.interface == b.interface && a.vrid == b.vrid && a.version == b.version &&
         a.family() == b.family();
}

// Its sync group, with itself; null: it is in none.
std::vector<Instance*>* join(std::map<std::string, std::vector<Instance*>>& groups,
                             Instance& instance) {
  if (instance.config.sync_group.empty()) return nullptr;
  std::vector<Instance*>& members = groups[instance.config.sync_group];
  members.push_back(&instance);
  return &members;
}

}  // namespace

void VrrpCore::configure(const Config& config) {
  if (stopping_) return;
  start_delay_ = config.start_delay;
  pacing_.set_limits(config.announce_limits);
  std::map<std::string, const InstanceConfig*> wanted;
  for (const InstanceConfig& instance : config.instances) wanted[instance.name] = &instance;
  std::vector<Instance*> gone;
  std::set<std::string> regrouped;  // sync groups
  for (auto it = instances_.begin(); it != instances_.end();) {
    const auto here = it++;
    const auto found = wanted.find(here->first);
    if (found != wanted.end() && same_router(here->second.config, *found->second)) continue;
    schedule(here->second, std::nullopt);
    leaving_.push_back(std::move(instances_.extract(here).mapped()));
    leaving_.back().leaving = true;
    gone.push_back(&leaving_.back());
    regrouped.insert(leaving_.back().config.sync_group);
  }
  std::vector<Instance*> added;
  Changed changed;
  for (const auto& [name, new_config] : wanted) {
    const auto [it, is_new] = instances_.try_emplace(name, *new_config);
    if (is_new) {
      added.emplace_back(&it->second)->number = ++last_number_;
    } else if (it->second.config != *new_config) {
      changed.emplace_back(&it->second, std::exchange(it->second.config, *new_config));
    }
  }
  if (!begun_) leaving_.clear();
  watched_routes_ = routes_tracked_by(config);
  const auto fixed_before = std::exchange(fixed_, config.fixed.addresses);
  routes_.set_fixed(config.fixed.routes, config.fixed.rules);
  index();
  set_witness(config.witness);
  set_lifetimes();
  for (auto& [name, instance] : instances_) take_authentication(instance);
  secrets_.clear();
  configured_ = true;
  settle_devices();
  if (!begun_) return;
  filter_.have(turn());
  // What goes lets go before anything new begins: two instances may swap their VRIDs.
  for (Instance* instance : gone) {
    log(LogLevel::kInfo, instance->config.name + ": removed from the configuration");
    tell(*instance, Shutdown{});
  }
  forget_the_gone();
  reconfigured(changed);
  for (const auto& [instance, before] : changed) {
    if (instance->config.sync_group != before.sync_group) {
      regrouped.insert({instance->config.sync_group, before.sync_group});
    }
  }
  for (Instance* instance : added) {
    regrouped.insert(instance->config.sync_group);
    instance->own_standing = own_standing_of(*instance);
  }
  for (Instance* instance : added) {
    if (starts_at_) continue;
    perform(*instance, start(*instance, std::nullopt));
    // Its addresses may be there already, though nobody holds them.
    if (!instance->router.holds_addresses()) let_go(*instance);  // Routes: see below.
  }
  fixed_changed(fixed_before);
  routes_.reconcile(turn());
  filter_.reconcile(turn());
  // Whoever is new in a group, or in fault, concerns the others.
  for (const auto& [name, members] : groups_) stand(*members.front());
  regroup(regrouped);
}

void VrrpCore::index() {
  by_vrid_.clear();
  by_vrid_on_.clear();
  by_interface_.clear();
  by_service_.clear();
  by_check_.clear();
  candidates_.clear();
  by_address_.clear();
  leaving_by_address_.clear();
  by_device_.clear();
  routes_.forget_all();
  filter_.forget_all();
  groups_.clear();
  devices_.clear();
  devices_of_leaving_.clear();
  virtual_.clear();
  by_tracked_address_.clear();
  std::set<IpAddress> tracked;
  const auto add_virtual = [this](const InstanceConfig& config) {
    if (config.priority == kPriorityOwner) return;
    for (const VirtualAddress& address : config.held()) {
      virtual_[config.device_of(address)].insert(address.address);
    }
  };
  for (Instance& instance : leaving_) {
    add_virtual(instance.config);
    filter_.know(instance);
    if (instance.config.virtual_device) devices_of_leaving_[instance.config.device()] = &instance;
    for (const VirtualAddress& address : instance.config.held()) {
      const std::pair place{instance.config.device_of(address), address.address};
      leaving_by_address_.emplace(place, &instance);
    }
  }
  for (auto& [name, instance] : instances_) {
    add_virtual(instance.config);
    filter_.know(instance);
    routes_.know(instance);
    const InstanceConfig& config = instance.config;
    by_vrid_[{config.interface, config.family()}].at(config.vrid.value) = &instance;
    instance.members = join(groups_, instance);
    if (config.virtual_device) devices_[config.virtual_device->name] = &instance;
    std::set<std::string> interfaces{config.interface, config.device()};
    for (const VirtualAddress& address : config.held()) {
      const std::string& device = config.device_of(address);
      by_address_[{device, address.address}] = &instance;
      std::vector<Instance*>& there = by_device_[device];
      if (there.empty() || there.back() != &instance) there.push_back(&instance);
      if (address.track) interfaces.insert(device);
    }
    for (const TrackInterface& track : instance.config.track_interfaces) {
      interfaces.insert(track.interface);
    }
    for (const TrackAddress& track : instance.config.track_addresses) {
      by_tracked_address_[track.address].push_back(&instance);
      tracked.insert(track.address);
      if (!track.interface.empty()) interfaces.insert(track.interface);
    }
    for (const TrackRoute& track : instance.config.track_routes) {
      if (!track.interface.empty()) interfaces.insert(track.interface);
    }
    for (const std::string& interface : interfaces) by_interface_[interface].push_back(&instance);
    std::set<std::string> checks;
    for (const TrackCheck& track : instance.config.track_checks) checks.insert(track.check);
    for (const std::string& check : checks) by_check_[check].push_back(&instance);
    for (const auto& one : config.track_services) by_service_[one.service].push_back(&instance);
  }
  for (Instance& instance : leaving_) routes_.know(instance);
  tracked_addresses_.watch(tracked);
  for (const auto& [index, link] : links_.all()) tracked_addresses_.look(link);
}

void VrrpCore::reconfigured(const Changed& changed) {
  std::vector<Instance*> instances;
  for (const auto& [instance, before] : changed) {
    const InstanceConfig& config = instance->config;
    log(LogLevel::kInfo, config.name + ": new configuration");
    instance->refusal.reset();
    instance->peers.reconfigured();
    instance->said.reset();
    std::erase_if(instance->delays, [&](const auto& delay) {
      return std::none_of(config.track_interfaces.begin(), config.track_interfaces.end(),
                          [&](const auto& track) { return track.interface == delay.first; });
    });
    instances.push_back(instance);
  }
  stand(instances);
  for (Instance* instance : instances) review(*instance);
  std::set<std::string> devices;
  for (const auto& [instance, before] : changed) {
    if (instance->router.config() != instance->router_config()) {
      tell(*instance, ConfigChanged{instance->router_config()});
    }
    claim(before, instance->router);
    for (const InstanceConfig* config : {&before, &std::as_const(instance->config)}) {
      for (const VirtualAddress& address : config->held()) {
        devices.insert(config->device_of(address));
      }
    }
  }
  for (const std::string& device : devices) reconcile(device);
  for (const auto& [instance, before] : changed) {
    if (instance->router.state() != VrrpState::kActive) continue;
    std::vector<VirtualAddress> added = instance->config.held();
    if (before.device() == instance->config.device()) {
      const std::vector<VirtualAddress> held = before.held();
      const std::set<VirtualAddress> known(held.begin(), held.end());
      std::erase_if(added, [&](const VirtualAddress& one) { return known.contains(one); });
    }
    const AnnounceConfig& config = instance->config.announce;
    announce(*instance, added, config.repeat);
    if (config != before.announce) instance->announcer.reconfigure(config, now_);
    settle(*instance);
  }
}

}  // namespace holdfast::vrrp
