// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's surroundings: interfaces, checks, and what an instance makes of them.
namespace holdfast::vrrp {

Standing VrrpCore::own_standing_of(const Instance& instance) const {
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
  if (!standing.fault && instance.refusal && (instance.refusal->until || lacks_device(instance))) {
    standing.fault = instance.refusal->reason;
  }
  return standing;
}

void VrrpCore::stand(Instance& instance) {
  instance.own_standing = own_standing_of(instance);
  for (Instance* member : group_of(instance)) take_stand(*member, shared_standing(*member));
}

void VrrpCore::take_stand(Instance& instance, const Standing& standing) {
  if (!instance.started) return;
  const Standing before = std::exchange(instance.standing, standing);
  if (stopping_ || standing == before) return;
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
  const std::optional<Link> before = known == nullptr ? std::nullopt : std::optional{*known};
  const std::string old_name = links_.set(link);
  making_.erase(link.name);
  if (old_name != link.name) settle_devices_on(old_name);
  settle_devices_on(link.name);
  if (!begun_) return;
  const Link* after = links_.find(link.index);  // A device may be removed as soon as it is seen.
  if (before && after != nullptr) log_lost_addresses(*before, *after);
  if (old_name != link.name) interface_changed(old_name);
  interface_changed(link.name);
  if (!before) welcome_device(link.name);
}

void VrrpCore::link_gone(int index) {
  const Link* link = links_.find(index);
  if (link == nullptr) return;
  const std::string name = link->name;
  const bool ours = begun_ && mark_of(*link) && user_of_device(name) != nullptr;
  links_.erase(index);
  if (ours) log(LogLevel::kWarning, "interface " + name + " was removed by somebody else");
  // What was refused on it says nothing about the one that comes after it.
  for (auto& [key, instance] : instances_) {
    if (instance.config.interface == name || instance.config.device() == name) {
      instance.refusal.reset();
    }
  }
  settle_devices_on(name);
  if (!begun_) return;
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

}  // namespace holdfast::vrrp
