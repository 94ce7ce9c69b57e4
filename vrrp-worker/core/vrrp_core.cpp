// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/vrrp_core.h"

#include <algorithm>
#include <iterator>

#include "common/core/overloaded.h"
#include "common/core/result.h"

namespace holdfast::vrrp {

namespace {

// The same virtual router on the wire; anything else can change while it runs.
bool same_router(const InstanceConfig& a, const InstanceConfig& b) {
  return a.interface == b.interface && a.vrid == b.vrid && a.version == b.version &&
         a.family() == b.family();
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
                 [&](const RouterState& state) { resumed_.insert_or_assign(state.router, state); },
                 [&](const CheckState& state) { check_changed(state); },
                 [&](const Begin& beginning) { begin(beginning); },
                 [&](const Stop&) { stop(); },
                 [&](const Wake&) { wake(); },
             },
             event);
  return std::exchange(actions_, {});
}

std::optional<Time> VrrpCore::deadline() const {
  std::optional<Time> first = counters_due_;
  const auto consider = [&first](const std::optional<Time>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  if (!agenda_.empty()) consider(agenda_.begin()->first);
  for (const Instance& instance : leaving_) consider(instance.deadline());
  return first;
}

Listening VrrpCore::listening() const {
  Listening listening;
  const auto add = [&](const Instance& instance) {
    const Link* link = links_.named(instance.config.interface);
    if (link == nullptr) return;
    std::set<IpAddress>& groups = listening[{link->index, instance.config.family()}];
    if (!instance.config.unicast) groups.insert(instance.config.group());
  };
  for (const auto& [name, instance] : instances_) add(instance);
  for (const Instance& instance : leaving_) add(instance);
  return listening;
}

bool VrrpCore::finished() const {
  const auto holds = [](const auto& instance) { return instance.router.holds_addresses(); };
  return stopping_ && std::none_of(leaving_.begin(), leaving_.end(), holds) &&
         std::none_of(instances_.begin(), instances_.end(),
                      [&](const auto& entry) { return holds(entry.second); });
}

// ---- Configuration

void VrrpCore::configure(const Config& config) {
  if (stopping_) return;
  std::map<std::string, const InstanceConfig*> wanted;
  for (const InstanceConfig& instance : config.instances) wanted[instance.name] = &instance;

  std::vector<Instance*> gone;
  for (auto it = instances_.begin(); it != instances_.end();) {
    const auto here = it++;
    const auto found = wanted.find(here->first);
    if (found != wanted.end() && same_router(here->second.config, *found->second)) continue;
    if (here->second.scheduled) agenda_.erase({*here->second.scheduled, here->first});
    leaving_.push_back(std::move(instances_.extract(here).mapped()));
    leaving_.back().leaving = true;
    gone.push_back(&leaving_.back());
  }
  std::vector<Instance*> added;
  std::vector<std::pair<Instance*, InstanceConfig>> changed;
  for (const auto& [name, new_config] : wanted) {
    const auto [it, is_new] = instances_.try_emplace(name, *new_config);
    if (is_new) {
      added.push_back(&it->second);
    } else if (it->second.config != *new_config) {
      changed.emplace_back(&it->second, std::exchange(it->second.config, *new_config));
    }
  }
  index();
  configured_ = true;
  settle_devices();
  if (!begun_) {
    leaving_.clear();
    return;
  }
  // What goes lets go before anything new begins: two instances may swap their VRIDs.
  for (Instance* instance : gone) {
    log(LogLevel::kInfo, instance->config.name + ": removed from the configuration");
    tell(*instance, HandOver{});
  }
  forget_the_gone();
  for (const auto& [instance, before] : changed) reconfigured(*instance, before);
  for (Instance* instance : added) {
    instance->own_standing = own_standing_of(*instance);
  }
  for (Instance* instance : added) {
    perform(*instance, start(*instance, std::nullopt));
    // Its addresses may be there already, though nobody holds them.
    if (!instance->router.holds_addresses()) let_go(*instance);
  }
  // Whoever is new in a group, or in fault, concerns the others.
  for (const auto& [name, members] : groups_) stand(*members.front());
  // Whom a member waited for may be gone.
  for (auto& [name, instance] : instances_) {
    if (instance.waits_for_group) tick(instance);
  }
}

void VrrpCore::index() {
  by_vrid_.clear();
  by_interface_.clear();
  by_address_.clear();
  groups_.clear();
  devices_.clear();
  virtual_.clear();
  const auto add_virtual = [this](const InstanceConfig& config) {
    if (config.priority == kPriorityOwner) return;
    for (const IpPrefix& prefix : config.held()) {
      virtual_[config.device()].insert(prefix.address);
    }
  };
  for (const Instance& instance : leaving_) add_virtual(instance.config);
  for (auto& [name, instance] : instances_) {
    add_virtual(instance.config);
    const InstanceConfig& config = instance.config;
    by_vrid_[{config.interface, config.family(), config.vrid}] = &instance;
    for (const IpPrefix& prefix : config.held()) {
      by_address_[{config.device(), prefix.address}] = &instance;
    }
    if (!config.sync_group.empty()) groups_[config.sync_group].push_back(&instance);
    if (config.virtual_device) devices_[config.virtual_device->name] = &instance;
    std::set<std::string> interfaces{config.interface, config.device()};
    for (const TrackInterface& track : instance.config.track_interfaces) {
      interfaces.insert(track.interface);
    }
    for (const std::string& interface : interfaces) by_interface_[interface].push_back(&instance);
  }
}

void VrrpCore::reconfigured(Instance& instance, const InstanceConfig& before) {
  const InstanceConfig& config = instance.config;
  log(LogLevel::kInfo, config.name + ": new configuration");
  instance.refusal.reset();
  stand(instance);
  if (instance.router.config() != instance.router_config()) {
    tell(instance, ConfigChanged{instance.router_config()});
  }
  claim(before, instance.router);
  reconcile(config.device());
  const bool moved = before.device() != config.device();
  if (moved) reconcile(before.device());
  if (instance.router.state() != VrrpState::kActive) return;
  std::vector<IpPrefix> added;
  const std::vector<IpPrefix> held = moved ? std::vector<IpPrefix>{} : before.held();
  for (const IpPrefix& prefix : config.held()) {
    if (std::find(held.begin(), held.end(), prefix) == held.end()) added.push_back(prefix);
  }
  announce(instance, added);
}

// ---- Beginning and end

void VrrpCore::begin(const Begin& event) {
  HF_CHECK(!begun_);
  begun_ = true;
  // Every router knows its state before any acts: none takes away what another goes on holding.
  for (auto& [name, instance] : instances_) instance.own_standing = own_standing_of(instance);
  std::vector<std::pair<Instance*, RouterActions>> started;
  for (auto& [name, instance] : instances_) {
    started.emplace_back(&instance, start(instance, event.last_alive));
  }
  for (const auto& [instance, actions] : started) perform(*instance, actions);
  resumed_.clear();
  // What a former life left behind and nobody holds now goes, on every link.
  for (const auto& [link, facts] : links_.all()) reconcile(facts.name);
}

RouterActions VrrpCore::start(Instance& instance, std::optional<Time> last_alive) {
  instance.started = true;
  instance.standing = shared_standing(instance);
  instance.router = Router{instance.router_config()};
  const auto resumed = resumed_.find(instance.config.name);
  if (resumed != resumed_.end()) instance.reported = resumed->second;
  if (instance.standing.fault) {
    return instance.router.handle(Fault{*instance.standing.fault}, now_);
  }
  if (resumed != resumed_.end() && last_alive) {
    return instance.router.handle(Resume{resumed->second, *last_alive}, now_);
  }
  return instance.router.handle(Startup{}, now_);
}

void VrrpCore::stop() {
  if (std::exchange(stopping_, true)) return;
  if (!begun_) {
    // Nobody will begin after this life: what a former one left is in nobody's hands.
    for (const auto& [link, facts] : links_.all()) reconcile(facts.name);
    settle_devices();
    return;
  }
  for (auto& [name, instance] : instances_) tell(instance, HandOver{});
  settle_devices();
  report_counters();
}

void VrrpCore::wake() {
  std::vector<std::string> due;
  for (const auto& [deadline, name] : agenda_) {
    if (deadline > now_) break;
    due.push_back(name);
  }
  for (const std::string& name : due) wake(instances_.at(name));
  for (Instance& instance : leaving_) wake(instance);
  forget_the_gone();
  if (counters_due_ && *counters_due_ <= now_) report_counters();
}

// ---- One instance

void VrrpCore::wake(Instance& instance) {
  end_refusal(instance);
  if (instance.announcer.wake(now_)) announce(instance, instance.config.held());
  const std::optional<Time> deadline = instance.router.deadline();
  if (deadline && *deadline <= now_) tick(instance);
  settle(instance);
}

void VrrpCore::tell(Instance& instance, const RouterEvent& event) {
  perform(instance, instance.router.handle(event, now_));
  keep_together(instance);
}

void VrrpCore::tick(Instance& instance) {
  instance.waits_for_group = instance.router.takes_over_at(now_) && !group_is_due(instance);
  tell(instance, Tick{!instance.waits_for_group});
}

void VrrpCore::perform(Instance& instance, const RouterActions& actions) {
  for (const RouterAction& action : actions) perform(instance, action);
  settle(instance);
}

void VrrpCore::perform(Instance& instance, const RouterAction& action) {
  std::visit(Overloaded{
                 [&](const SendAdvert& advert) { send_advert(instance, advert.priority); },
                 [&](const AddAddresses&) {
                   instance.announcer = Announcer{};
                   hold(instance);
                 },
                 [&](const RemoveAddresses&) { let_go(instance); },
                 [&](const Announce&) {
                   if (instance.announcer.request(now_)) {
                     announce(instance, instance.config.held());
                   }
                 },
                 [&](const StateChanged& change) {
                   if (change.to != VrrpState::kActive) instance.announcer = Announcer{};
                   if (change.to == VrrpState::kBackup && change.from == VrrpState::kActive) {
                     instance.refusal.reset();  // It lasted.
                   }
                   log(LogLevel::kInfo,
                       instance.config.name + ": " + std::string{to_string(change.from)} + " -> " +
                           std::string{to_string(change.to)} + ", priority " +
                           std::to_string(instance.standing.priority.value) + ": " + change.reason);
                 },
             },
             action);
}

// Whatever happened to an instance: the supervisor hears of it, and the agenda follows.
void VrrpCore::settle(Instance& instance) {
  if (instance.leaving) return;
  if (!instance.router.takes_over_at(now_)) instance.waits_for_group = false;
  RouterState state = instance.state();
  if (begun_ && instance.reported != state) {
    actions_.emplace_back(Report{state});
    instance.reported = std::move(state);
  }
  const std::optional<Time> deadline = instance.deadline();
  if (deadline == instance.scheduled) return;
  if (instance.scheduled) agenda_.erase({*instance.scheduled, instance.config.name});
  if (deadline) agenda_.emplace(*deadline, instance.config.name);
  instance.scheduled = deadline;
}

void VrrpCore::forget_the_gone() {
  std::set<std::string> devices;
  leaving_.remove_if([&](const Instance& instance) {
    if (instance.router.holds_addresses()) return false;
    if (instance.config.virtual_device) devices.insert(instance.config.device());
    return true;
  });
  for (const std::string& device : devices) settle_device(device);
}

}  // namespace holdfast::vrrp
