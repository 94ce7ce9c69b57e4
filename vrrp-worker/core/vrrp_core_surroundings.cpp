// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <string_view>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's surroundings: interfaces, checks, and what an instance makes of them.
namespace holdfast::vrrp {

namespace {

std::string why_moved(const Standing& before, const Standing& now) {
  if (!now.moved_by.empty()) return ": " + now.moved_by;
  return before.moved_by.empty() ? "" : ": no longer " + before.moved_by;
}

}  // namespace

Surroundings VrrpCore::surroundings_of(Instance& instance) const {
  return {
      [this](const std::string& name) { return with_candidates(name); },
      [this](const std::string& name) -> const CheckState* {
        const auto it = checks_.find(name);
        return it == checks_.end() ? nullptr : &it->second;
      },
      [this](const std::string& interface, const IpAddress& address) {
        const auto it = virtual_.find(interface);
        return it != virtual_.end() && it->second.contains(address);
      },
      [this, &instance](const std::string& interface, bool up) {
        return counts_as_up(instance, interface, up);
      },
      [this](const std::string& interface, const IpAddress& address) {
        if (interface.empty()) return tracked_addresses_.anywhere(address);
        const Link* link = links_.named(interface);
        return link != nullptr && tracked_addresses_.on(link->index, address);
      },
      [this](const std::string& interface, const IpAddress& address) {
        return is_fixed(interface, address);
      },
      [this](const TrackRoute& track) { return has_route(track); },
      [this](const std::string& name) -> const ServiceState* {
        const auto it = services_.find(name);
        return it == services_.end() ? nullptr : &it->second;
      },
  };
}

bool VrrpCore::counts_as_up(Instance& instance, const std::string& interface, bool up) const {
  for (const TrackInterface& track : instance.config.track_interfaces) {
    if (track.interface != interface) continue;
    return instance.delays[interface].look(up, up ? track.up_delay : track.down_delay, now_);
  }
  return up;
}

Standing VrrpCore::own_standing_of(Instance& instance) const {
  Standing standing = evaluate(instance.config, surroundings_of(instance));
  const bool refused = instance.refusal && (instance.refusal->until || lacks_device(instance));
  if (!standing.fault && refused) {
    standing.fault = instance.refusal->reason;
  }
  if (!standing.fault && instance.config.drops() && !filter_.trouble().empty()) {
    standing.fault = filter_.trouble();
  }
  return standing;
}

void VrrpCore::stand(const std::vector<Instance*>& instances) {
  for (Instance* instance : instances) instance->own_standing = own_standing_of(*instance);
  std::set<std::string_view> done;  // of a group all members at once
  for (Instance* instance : instances) {
    const bool grouped = instance->group() != nullptr;
    if (!grouped || done.insert(instance->config.sync_group).second) stand_together(*instance);
    settle(*instance);
  }
}

void VrrpCore::take_stand(Instance& instance, const Standing& standing) {
  if (!instance.started) return;
  const Standing before = std::exchange(instance.standing, standing);
  if (stopping_ || standing == before) return;
  if (standing.priority != before.priority) {
    log(LogLevel::kInfo, instance.config.name + ": priority " +
                             std::to_string(before.priority.value) + " -> " +
                             std::to_string(standing.priority.value) + why_moved(before, standing));
  }
  if (standing.fault) tell(instance, Fault{*standing.fault});
  tell(instance, ConfigChanged{instance.router_config()});
  if (before.fault && !standing.fault) tell(instance, Startup{});
}

void VrrpCore::check_changed(const CheckState& state) {
  checks_.insert_or_assign(state.check, state);
  if (!begun_) return;
  const auto it = by_check_.find(state.check);
  if (it != by_check_.end()) stand(it->second);
}

void VrrpCore::service_changed(const ServiceState& state) {
  services_.insert_or_assign(state.service, state);
  if (!begun_) return;
  const auto it = by_service_.find(state.service);
  if (it != by_service_.end()) stand(it->second);
}

void VrrpCore::link_changed(const Link& link) {
  const Link* known = links_.find(link.index);
  const std::optional<Link> before = known == nullptr ? std::nullopt : std::optional{*known};
  const std::string old_name = links_.set(link);
  if (old_name != link.name) by_vrid_on_.clear();
  candidates_.erase(old_name);
  candidates_.erase(link.name);
  const std::vector<IpAddress> moved = tracked_addresses_.look(link);
  making_.erase(link.name);
  if (old_name != link.name) settle_devices_on(old_name);
  settle_devices_on(link.name);
  if (!begun_) return;
  const Link* after = links_.find(link.index);  // A device may be removed as soon as it is seen.
  if (before && after != nullptr) note_losses(*before, *after);
  if (old_name != link.name) {
    interface_changed(old_name);
    if (filter_.drops() || (before && filter_.guards())) filter_.reconcile(turn());
  }
  interface_changed(link.name);
  tracked_addresses_changed(moved);
  if (!before) filter_.guard(turn(), link);
  if (!before) welcome_device(link.name);
  if (before && before->mac != link.mac) mac_changed(link.name);
}

void VrrpCore::link_gone(int index) {
  const Link* link = links_.find(index);
  if (link == nullptr) return;
  const std::string name = link->name;
  const bool ours = begun_ && mark_of(*link) && user_of_device(name) != nullptr;
  filter_.forget_link(turn(), index);
  links_.erase(index);
  candidates_.erase(name);
  const std::vector<IpAddress> moved = tracked_addresses_.gone(index);
  if (ours) log(LogLevel::kWarning, "interface " + name + " was removed by somebody else");
  // What was refused on it says nothing about the one that comes after it.
  for (Instance* instance : on_or_tracking(name)) {
    const InstanceConfig& config = instance->config;
    if (config.interface == name || config.device() == name) instance->refusal.reset();
  }
  settle_devices_on(name);
  if (!begun_) return;
  interface_changed(name);
  tracked_addresses_changed(moved);
}

// A route that leads nowhere is none.
bool VrrpCore::has_route(const TrackRoute& track) const {
  const Link* const link = links_.named(track.interface);
  const auto fits = [&](const Hop& hop) {
    return (!track.via || hop.via == track.via) &&
           (track.interface.empty() || (link != nullptr && hop.link == link->index));
  };
  return std::any_of(seen_routes_.begin(), seen_routes_.end(), [&](const Route& route) {
    return place_of(route) == RoutePlace{track.table, track.to} &&
           route.type == RouteType::kUnicast &&
           std::any_of(route.hops.begin(), route.hops.end(), fits);
  });
}

std::set<RoutePlace> VrrpCore::routes_tracked_by(const Config& config) {
  std::set<RoutePlace> places;
  for (const InstanceConfig& instance : config.instances) {
    for (const TrackRoute& track : instance.track_routes) places.insert({track.table, track.to});
  }
  return places;
}

void VrrpCore::routes_seen(const RoutesSeen& event) {
  seen_routes_ = event.routes;
  if (!begun_) return;
  std::vector<Instance*> concerned;
  for (auto& [name, instance] : instances_) {
    if (!instance.config.track_routes.empty()) concerned.push_back(&instance);
  }
  stand(concerned);
}

void VrrpCore::tracked_addresses_changed(const std::vector<IpAddress>& addresses) {
  for (const IpAddress& address : addresses) {
    const auto it = by_tracked_address_.find(address);
    if (it == by_tracked_address_.end()) continue;
    for (Instance* instance : it->second) stand(*instance);
  }
}

const std::vector<Instance*>& VrrpCore::on_or_tracking(const std::string& interface) const {
  static const std::vector<Instance*> kNobody;
  const auto it = by_interface_.find(interface);
  return it == by_interface_.end() ? kNobody : it->second;
}

// A link with those of its addresses only that may be somebody's primary one: hundreds of routers
// look for theirs among the addresses of all.
const Link* VrrpCore::with_candidates(const std::string& interface) const {
  const Link* const whole = links_.named(interface);
  if (whole == nullptr) return nullptr;
  const auto [it, is_new] = candidates_.try_emplace(interface, *whole);
  Link& link = it->second;
  const auto known = virtual_.find(interface);
  if (is_new && known != virtual_.end()) {
    std::erase_if(link.addresses, [&](const LinkAddress& have) {
      return (have.marked && !is_fixed(interface, have.prefix.address)) ||
             known->second.contains(have.prefix.address);
    });
  }
  return &link;
}

void VrrpCore::interface_changed(const std::string& name) {
  stand(on_or_tracking(name));
  end_lost_hand_overs(name);
  repair(name);
  routes_.repair(turn());
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
  for (Instance* instance : on_or_tracking(interface)) end(*instance);
  for (Instance& leaver : leaving_) end(leaver);
  forget_the_gone();
}

}  // namespace holdfast::vrrp
