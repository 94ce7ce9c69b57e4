// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/vrrp_core.h"

#include <algorithm>
#include <iterator>

#include "common/core/overloaded.h"
#include "common/core/result.h"
#include "vrrp-worker/core/address_plan.h"

namespace holdfast::vrrp {

namespace {

constexpr auto kRefusalPause = std::chrono::seconds{5};

// The same virtual router on the wire; anything else can change while it runs.
bool same_router(const InstanceConfig& a, const InstanceConfig& b) {
  return a.interface == b.interface && a.vrid == b.vrid && a.version == b.version;
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

std::set<int> VrrpCore::listening() const {
  std::set<int> links;
  const auto add = [&](const Instance& instance) {
    if (const Link* link = links_.named(instance.config.interface)) links.insert(link->index);
  };
  for (const auto& [name, instance] : instances_) add(instance);
  for (const Instance& instance : leaving_) add(instance);
  return links;
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
    perform(*instance, start(*instance, std::nullopt));
    // Its addresses may be there already, though nobody holds them.
    reconcile(instance->config.interface);
  }
}

void VrrpCore::index() {
  by_vrid_.clear();
  by_interface_.clear();
  virtual_.clear();
  const auto add_virtual = [this](const InstanceConfig& config) {
    if (config.priority == kPriorityOwner) return;
    for (const IpPrefix& prefix : config.addresses) {
      virtual_[config.interface].insert(prefix.address);
    }
  };
  for (const Instance& instance : leaving_) add_virtual(instance.config);
  for (auto& [name, instance] : instances_) {
    add_virtual(instance.config);
    by_vrid_[{instance.config.interface, instance.config.vrid}] = &instance;
    std::set<std::string> interfaces{instance.config.interface};
    for (const TrackInterface& track : instance.config.track_interfaces) {
      interfaces.insert(track.interface);
    }
    for (const std::string& interface : interfaces) by_interface_[interface].push_back(&instance);
  }
}

void VrrpCore::reconfigured(Instance& instance, const InstanceConfig& before) {
  const InstanceConfig& config = instance.config;
  log(LogLevel::kInfo, config.name + ": new configuration");
  stand(instance);
  if (instance.router.config() != instance.router_config()) {
    tell(instance, ConfigChanged{instance.router_config()});
  }
  claim(before, instance.router);
  reconcile(config.interface);
  if (instance.router.state() != VrrpState::kActive) return;
  std::vector<IpPrefix> added;
  for (const IpPrefix& prefix : config.addresses) {
    if (std::find(before.addresses.begin(), before.addresses.end(), prefix) ==
        before.addresses.end()) {
      added.push_back(prefix);
    }
  }
  announce(instance, added);
}

// What a router holds is ours, though the kernel may keep no mark of it and the new configuration
// does not name it.
void VrrpCore::claim(const InstanceConfig& before, const Router& router) {
  Link* link = links_.named(before.interface);
  if (link == nullptr || !router.holds_addresses() || before.priority == kPriorityOwner) return;
  for (LinkAddress& have : link->addresses) {
    const auto& held = before.addresses;
    if (std::find(held.begin(), held.end(), have.prefix) != held.end()) have.marked = true;
  }
}

// ---- Beginning and end

void VrrpCore::begin(const Begin& event) {
  HF_CHECK(!begun_);
  begun_ = true;
  // Every router knows its state before any acts: none takes away what another goes on holding.
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
  instance.standing = standing_of(instance);
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
    return;
  }
  for (auto& [name, instance] : instances_) tell(instance, HandOver{});
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
  if (instance.refusal && instance.refusal->until <= now_) {
    instance.refusal.reset();
    stand(instance);
  }
  if (instance.announcer.wake(now_)) announce(instance, instance.config.addresses);
  const std::optional<Time> deadline = instance.router.deadline();
  if (deadline && *deadline <= now_) tell(instance, Tick{});
  settle(instance);
}

void VrrpCore::tell(Instance& instance, const RouterEvent& event) {
  perform(instance, instance.router.handle(event, now_));
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
                   reconcile(instance.config.interface);
                 },
                 [&](const RemoveAddresses&) { reconcile(instance.config.interface); },
                 [&](const Announce&) {
                   if (instance.announcer.request(now_)) {
                     announce(instance, instance.config.addresses);
                   }
                 },
                 [&](const StateChanged& change) {
                   if (change.to != VrrpState::kActive) instance.announcer = Announcer{};
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
  leaving_.remove_if([](const Instance& instance) { return !instance.router.holds_addresses(); });
}

// ---- Surroundings

Standing VrrpCore::standing_of(const Instance& instance) const {
  const Surroundings around{[this](const std::string& name) { return links_.named(name); },
                            [this](const std::string& name) -> const CheckState* {
                              const auto it = checks_.find(name);
                              return it == checks_.end() ? nullptr : &it->second;
                            },
                            [this](const std::string& interface, const IpAddress& address) {
                              const auto it = virtual_.find(interface);
                              return it != virtual_.end() && it->second.contains(address);
                            }};
  Standing standing = evaluate(instance.config, around);
  if (!standing.fault && instance.refusal) standing.fault = instance.refusal->reason;
  return standing;
}

void VrrpCore::stand(Instance& instance) {
  const Standing before = std::exchange(instance.standing, standing_of(instance));
  const Standing& standing = instance.standing;
  if (!begun_ || stopping_ || standing == before) return;
  if (standing.priority != before.priority) {
    log(LogLevel::kInfo, instance.config.name + ": priority " +
                             std::to_string(before.priority.value) + " -> " +
                             std::to_string(standing.priority.value) +
                             (standing.moved_by.empty() ? "" : ": " + standing.moved_by));
  }
  if (standing.fault) tell(instance, Fault{*standing.fault});
  tell(instance, ConfigChanged{instance.router_config()});
  if (before.fault && !standing.fault) tell(instance, Startup{});
}

void VrrpCore::check_changed(const CheckState& state) {
  checks_.insert_or_assign(state.check, state);
  if (!begun_) return;
  for (auto& [name, instance] : instances_) {
    const auto& tracked = instance.config.track_checks;
    if (std::any_of(tracked.begin(), tracked.end(),
                    [&](const TrackCheck& track) { return track.check == state.check; })) {
      stand(instance);
    }
  }
}

void VrrpCore::link_changed(const Link& link) {
  const Link* known = links_.find(link.index);
  if (begun_ && known != nullptr) log_lost_addresses(*known, link);
  const std::string old_name = links_.set(link);
  if (!begun_) return;
  if (old_name != link.name) interface_changed(old_name);
  interface_changed(link.name);
}

void VrrpCore::link_gone(int index) {
  const Link* link = links_.find(index);
  if (link == nullptr) return;
  const std::string name = link->name;
  links_.erase(index);
  if (!begun_) return;
  // What was refused on it says nothing about the one that comes after it.
  for (auto& [key, instance] : instances_) {
    if (instance.config.interface == name) instance.refusal.reset();
  }
  interface_changed(name);
}

void VrrpCore::interface_changed(const std::string& name) {
  const auto it = by_interface_.find(name);
  if (it != by_interface_.end()) {
    for (Instance* instance : it->second) stand(*instance);
  }
  end_lost_hand_overs(name);
  reconcile(name);
}

// Who hands over and loses the interface has nothing more to answer there: when it comes back, the
// heir is active.
void VrrpCore::end_lost_hand_overs(const std::string& interface) {
  const Link* link = links_.named(interface);
  if (link != nullptr && link->up) return;
  const auto end = [&](Instance& instance) {
    const bool handing_over =
        instance.router.state() != VrrpState::kActive && instance.router.holds_addresses();
    if (handing_over && instance.config.interface == interface) {
      tell(instance, Fault{"interface " + interface + " is down"});
    }
  };
  for (auto& [name, instance] : instances_) end(instance);
  for (Instance& leaver : leaving_) end(leaver);
  forget_the_gone();
}

// ---- Addresses

void VrrpCore::reconcile(const std::string& interface) {
  Link* link = links_.named(interface);
  if (link == nullptr) return;
  const Demand demand = demand_on(interface);
  const AddressPlan plan = plan_addresses(demand.desired, demand.ours, link->addresses);
  for (const IpPrefix& prefix : plan.add) {
    actions_.emplace_back(AddAddress{link->index, prefix});
    link->addresses.push_back({prefix, true});
  }
  for (const IpPrefix& prefix : plan.remove) {
    actions_.emplace_back(RemoveAddress{link->index, prefix});
    std::erase_if(link->addresses, [&](const LinkAddress& have) { return have.prefix == prefix; });
  }
}

VrrpCore::Demand VrrpCore::demand_on(const std::string& interface) const {
  Demand demand;
  const auto add = [&](const Instance& instance) {
    if (instance.config.interface != interface) return;
    for (const IpPrefix& prefix : instance.config.addresses) {
      if (instance.router.holds_addresses()) demand.desired.insert(prefix);
      // The address of an owner is the interface's own: it stays when VRRP goes.
      if (instance.config.priority != kPriorityOwner) demand.ours.insert(prefix.address);
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
  std::erase_if(link->addresses,
                [&](const LinkAddress& have) { return have.prefix == event.prefix; });
  const auto on_link = by_interface_.find(link->name);
  if (on_link == by_interface_.end()) return;
  for (Instance* instance : on_link->second) {
    const auto& addresses = instance->config.addresses;
    if (instance->config.interface != link->name || !instance->router.holds_addresses() ||
        std::find(addresses.begin(), addresses.end(), event.prefix) == addresses.end()) {
      continue;
    }
    instance->refusal = Refusal{
        "the kernel refused " + event.prefix.to_string() + " on " + link->name + ": " + event.error,
        now_ + kRefusalPause};
    stand(*instance);
    settle(*instance);
  }
}

void VrrpCore::log_lost_addresses(const Link& before, const Link& after) {
  const auto has = [](const Link& link, const IpPrefix& prefix) {
    return std::any_of(link.addresses.begin(), link.addresses.end(),
                       [&](const LinkAddress& have) { return have.prefix == prefix; });
  };
  for (const IpPrefix& prefix : demand_on(before.name).desired) {
    if (has(before, prefix) && !has(after, prefix)) {
      log(LogLevel::kWarning,
          prefix.to_string() + " was removed from " + before.name + " by somebody else: put back");
    }
  }
}

}  // namespace holdfast::vrrp
