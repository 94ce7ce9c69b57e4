// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/vrrp_core.h"

#include <algorithm>
#include <iterator>

#include "common/core/overloaded.h"
#include "vrrp-worker/core/transition_line.h"

namespace holdfast::vrrp {

namespace {

// The same virtual router on the wire; anything else can change while it runs.
bool same_router(const InstanceConfig& a, const InstanceConfig& b) {
  return a.interface == b.interface && a.vrid == b.vrid && a.version == b.version &&
         a.family() == b.family();
}

bool any_guards(const Config& config) {
  return std::any_of(config.instances.begin(), config.instances.end(),
                     [](const InstanceConfig& one) { return one.firewall == Firewall::kPeers; });
}

}  // namespace

VrrpActions VrrpCore::handle(const VrrpEvent& event, Time now) {
  now_ = now;
  std::visit(Overloaded{
                 [&](const Config& config) { configure(config); },
                 [&](const LinkChanged& changed) { link_changed(changed.link); },
                 [&](const LinkGone& gone) { link_gone(gone.index); },
                 [&](const PacketReceived& packet) { received(packet); },
                 [&](const AddressRefused& refused) { address_refused(refused); },
                 [&](const DeviceRefused& refused) { device_refused(refused); },
                 [&](const RoutingChanged& changed) { routing_changed(changed); },
                 [&](const RoutesSeen& seen) { routes_seen(seen); },
                 [&](const RouteRefused& refused) { route_refused(refused); },
                 [&](const RuleRefused& refused) { rule_refused(refused); },
                 [&](const FilterRead& read) { filter_read(read); },
                 [&](const FilterRefused& refused) { filter_refused(refused); },
                 [&](const RouterState& state) { resumed_.insert_or_assign(state.router, state); },
                 [&](const CheckState& state) { check_changed(state); },
                 [&](const ServiceState& state) { service_changed(state); },
                 [&](const WitnessState& state) { witness_heard(state); },
                 [&](const LeaseState& state) { lease_heard(state); },
                 [&](const Secret& secret) { secrets_[secret.name] = secret.bytes; },
                 [&](const RealTimeAhead& ahead) { real_time_ahead_ = ahead.by; },
                 [&](const Begin& beginning) { begin(beginning); },
                 [&](const Stop&) { stop(); },
                 [&](const Wake&) { wake(); },
             },
             event);
  if (finished()) {
    let_go_fixed();
    remove_filter();
  }
  return std::exchange(actions_, {});
}

std::optional<Time> VrrpCore::deadline() const {
  std::optional<Time> first = counters_due_;
  const auto consider = [&first](const std::optional<Time>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  consider(starts_at_);
  consider(pacing_.deadline());
  consider(repairs_.deadline());
  if (!agenda_.empty()) consider(agenda_.begin()->at);
  return first;
}

Listening VrrpCore::listening() const {
  Listening listening;
  const auto add = [&](const Instance& instance) {
    const Link* link = links_.named(instance.config.interface);
    if (link == nullptr) return;
    Hearing& hearing = listening[{link->index, instance.config.family()}];
    hearing.vrids.insert(instance.config.vrid);
    if (!instance.config.unicast) hearing.groups.insert(instance.config.group());
  };
  for (const auto& [name, instance] : instances_) add(instance);
  for (const Instance& instance : leaving_) add(instance);
  return listening;
}

// ---- Configuration

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
  const StaticConfig fixed_before = std::exchange(fixed_, config.fixed);
  index();
  guarding_ = any_guards(config);
  set_witness(config.witness);
  set_lifetimes();
  for (auto& [name, instance] : instances_) take_authentication(instance);
  secrets_.clear();
  configured_ = true;
  settle_devices();
  if (!begun_) return;
  have_filter();
  // What goes lets go before anything new begins: two instances may swap their VRIDs.
  for (Instance* instance : gone) {
    log(LogLevel::kInfo, instance->config.name + ": removed from the configuration");
    tell(*instance, HandOver{});
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
  reconcile_routing();
  reconcile_filter();
  // Whoever is new in a group, or in fault, concerns the others.
  for (const auto& [name, members] : groups_) stand(*members.front());
  regroup(regrouped);
}

void VrrpCore::index() {
  by_vrid_.clear();
  by_interface_.clear();
  by_service_.clear();
  by_check_.clear();
  candidates_.clear();
  by_address_.clear();
  leaving_by_address_.clear();
  by_device_.clear();
  with_routing_.clear();
  dropping_.clear();
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
    index_drops(instance);
    if (instance.config.virtual_device) devices_of_leaving_[instance.config.device()] = &instance;
    for (const VirtualAddress& address : instance.config.held()) {
      const std::pair place{instance.config.device_of(address), address.address};
      leaving_by_address_.emplace(place, &instance);
    }
  }
  for (auto& [name, instance] : instances_) {
    add_virtual(instance.config);
    index_drops(instance);
    const InstanceConfig& config = instance.config;
    by_vrid_[{config.interface, config.family(), config.vrid}] = &instance;
    if (!config.sync_group.empty()) groups_[config.sync_group].push_back(&instance);
    if (!config.virtual_routes.empty() || !config.virtual_rules.empty()) {
      with_routing_.push_back(&instance);
    }
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

// ---- What was waited for

void VrrpCore::wake() {
  if (starts_at_ && *starts_at_ <= now_) start_all(std::nullopt);
  announce_what_waited();
  std::vector<Instance*> due;
  for (const Due& next : agenda_) {
    if (next.at > now_) break;
    due.push_back(next.who);
  }
  std::stable_partition(due.begin(), due.end(), [](const Instance* one) { return !one->leaving; });
  for (Instance* instance : due) wake(*instance);
  for (const std::string& place : repairs_.take_due(now_)) {
    if (place.empty()) {
      repair_routing();
    } else if (repairs_filter(place)) {
      repair_filter();
    } else {
      repair(place);
    }
  }
  forget_the_gone();
  if (counters_due_ && *counters_due_ <= now_) report_counters();
}

// ---- One instance

void VrrpCore::wake(Instance& instance) {
  end_refusal(instance);
  review(instance);
  if (std::any_of(instance.delays.begin(), instance.delays.end(), [this](const auto& delay) {
        return delay.second.deadline() && *delay.second.deadline() <= now_;
      })) {
    stand(instance);
  }
  announce(instance, instance.config.held(),
           instance.announcer.wake(instance.config.announce, now_));
  const std::optional<Time> deadline = instance.router.deadline();
  if (deadline && *deadline <= now_) tick(instance);
  renew_if_due(instance);
  report_peers(instance);
  if (instance.others_yield_at && *instance.others_yield_at <= now_) {
    instance.others_yield_at.reset();
    keep_together(instance);
  }
  settle(instance);
}

void VrrpCore::tell(Instance& instance, const RouterEvent& event) {
  const VrrpState before = instance.router.state();
  perform(instance, instance.router.handle(event, now_));
  // One that was active and still is moves nobody.
  const bool still = before == VrrpState::kActive && instance.router.state() == before;
  if (!still) keep_together(instance);
}

void VrrpCore::tick(Instance& instance) {
  instance.waits = instance.router.takes_over_at(now_) &&
                   (!group_is_due(instance) || !instance.gate.may_take_over(witness_, now_));
  tell(instance, Tick{!instance.waits});
}

void VrrpCore::perform(Instance& instance, const RouterActions& actions) {
  for (const RouterAction& action : actions) perform(instance, action);
  settle(instance);
}

void VrrpCore::perform(Instance& instance, const RouterAction& action) {
  std::visit(Overloaded{
                 [&](const SendAdvert& advert) {
                   send_advert(instance, advert.priority);
                   renew_with_advert(instance);
                 },
                 [&](const AddAddresses&) {
                   instance.announcer = Announcer{};
                   instance.lasts_until.reset();
                   if (instance.gate.releases()) {
                     instance.lasts_until =
                         now_ + bounded_by_lease(instance, instance.lifetime.lasts);
                   }
                   hold(instance);
                   hold_routing(instance);
                 },
                 [&](const RemoveAddresses&) {
                   instance.renewed_at.reset();
                   let_go_routing(instance);
                   let_go(instance);
                 },
                 [&](const Announce&) {
                   announce(instance, instance.config.held(),
                            instance.announcer.request(instance.config.announce, now_));
                 },
                 [&](const StateChanged& change) {
                   if (change.to != VrrpState::kActive) {
                     instance.announcer = Announcer{};
                     pacing_.drop(instance.config.name);
                   }
                   if (change.to == VrrpState::kBackup && change.from == VrrpState::kActive) {
                     instance.refusal.reset();  // It lasted.
                   }
                   actions_.emplace_back(transition_line(instance, change));
                 },
             },
             action);
}

// Whatever happened to an instance: the supervisor hears of it, and the agenda follows.
void VrrpCore::settle(Instance& instance) {
  if (instance.leaving) {
    some_are_gone_ |= !instance.router.holds_addresses();
  } else {
    if (!instance.router.takes_over_at(now_)) instance.waits = false;
    if (begun_ && !starts_at_ && !instance.is_as_reported()) {
      instance.reported = instance.state();
      actions_.emplace_back(Report{*instance.reported});
    }
    wish(instance);
    instance.gate_due = instance.gate.deadline(witness_, now_);
  }
  schedule(instance, instance.deadline());
}

void VrrpCore::schedule(Instance& instance, const std::optional<Time>& deadline) {
  if (deadline == instance.scheduled) return;
  auto entry = instance.scheduled ? agenda_.extract(Due{*instance.scheduled, instance.number})
                                  : std::set<Due>::node_type{};
  instance.scheduled = deadline;
  if (!deadline) return;
  if (entry) {
    entry.value().at = *deadline;
    agenda_.insert(std::move(entry));
  } else {
    agenda_.insert(Due{*deadline, instance.number, &instance});
  }
}

void VrrpCore::forget_the_gone() {
  if (!std::exchange(some_are_gone_, false)) return;
  std::set<std::string> devices;
  for (auto it = leaving_.begin(); it != leaving_.end();) {
    const auto here = it++;
    if (here->router.holds_addresses()) continue;
    schedule(*here, std::nullopt);
    const auto device = devices_of_leaving_.find(here->config.device());
    if (device != devices_of_leaving_.end() && device->second == &*here) {
      devices.insert(device->first);
      devices_of_leaving_.erase(device);
    }
    for (const VirtualAddress& address : here->config.held()) {
      const auto [first, last] =
          leaving_by_address_.equal_range({here->config.device_of(address), address.address});
      const auto its =
          std::find_if(first, last, [&](const auto& one) { return one.second == &*here; });
      if (its != last) leaving_by_address_.erase(its);
    }
    forget_drops(*here);
    leaving_.erase(here);
  }
  if (!wants_filter()) remove_filter();
  for (const std::string& device : devices) settle_device(device);
}

}  // namespace holdfast::vrrp
