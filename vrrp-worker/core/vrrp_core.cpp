// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/vrrp_core.h"

#include <algorithm>

#include "common/core/overloaded.h"
#include "vrrp-worker/core/transition_line.h"

namespace holdfast::vrrp {
namespace {

// Unless a router answers with a change of its state.
bool moves_only_time(const RouterEvent& event) {
  return std::holds_alternative<AdvertReceived>(event) || std::holds_alternative<Tick>(event);
}

bool is_change(const RouterAction& action) {
  return std::holds_alternative<StateChanged>(action);
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
    filter_.remove(turn());
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
  if (const auto* const next = agenda_.first()) consider(next->at);
  return first;
}

bool VrrpCore::takes_over_at_deadline() const {
  const auto* const next = agenda_.first();
  return next != nullptr && next->who->router.takes_over_at(next->at) && deadline() == next->at;
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

// ---- What was waited for

void VrrpCore::wake() {
  if (starts_at_ && *starts_at_ <= now_) start_all(std::nullopt);
  announce_what_waited();
  std::vector<Instance*> due = agenda_.due(now_);
  if (!leaving_.empty()) {
    std::stable_partition(due.begin(), due.end(),
                          [](const Instance* one) { return !one->leaving; });
  }
  actions_.reserve(actions_.size() + 2 * due.size());  // an advert and a renewal of each
  for (Instance* instance : due) wake(*instance);
  for (const std::string& place : repairs_.take_due(now_)) {
    if (place.empty()) {
      routes_.repair(turn());
    } else if (FilterKeeper::is_at(place)) {
      filter_.repair(turn());
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
  const int repeat = instance.announcer.wake(instance.config.announce, now_);
  if (repeat > 0) announce(instance, instance.config.held(), repeat);
  const std::optional<Time> deadline = instance.router.deadline();
  if (deadline && *deadline <= now_) tick(instance);
  renew_if_due(instance);
  report_peers(instance);
  if (instance.others_yield_at && *instance.others_yield_at <= now_) {
    instance.others_yield_at.reset();
    keep_together(instance);
  }
  settle_time(instance);
}

void VrrpCore::tell(Instance& instance, const RouterEvent& event) {
  const VrrpState before = instance.router.state();
  const RouterActions actions = instance.router.handle(event, now_);
  const bool as_before =
      moves_only_time(event) && std::none_of(actions.begin(), actions.end(), is_change);
  perform_all(instance, actions);
  as_before ? settle_time(instance) : settle(instance);
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
  perform_all(instance, actions);
  settle(instance);
}

// What waited for an announcement follows, though there was none.
void VrrpCore::perform_all(Instance& instance, const RouterActions& actions) {
  for (const RouterAction& action : actions) perform(instance, action);
  put_announced();
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
                   routes_.hold(turn(), instance);
                 },
                 [&](const RemoveAddresses&) {
                   instance.renewed_at.reset();
                   routes_.let_go(turn(), instance);
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

// The same where only timers can have moved, as with nearly every advert: there is nothing to tell,
// and what to compare for that lies far apart.
void VrrpCore::settle_time(Instance& instance) {
  if (instance.leaving || instance.gate.is_there()) return settle(instance);
  if (!instance.router.takes_over_at(now_)) instance.waits = false;
  schedule(instance, instance.deadline());
}

void VrrpCore::schedule(Instance& instance, const std::optional<Time>& deadline) {
  if (deadline == instance.scheduled) return;
  if (instance.scheduled) agenda_.remove({*instance.scheduled, instance.number});
  instance.scheduled = deadline;
  if (deadline) agenda_.put({*deadline, instance.number, &instance});
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
    filter_.forget(*here);
    routes_.forget(*here);
    leaving_.erase(here);
  }
  if (!filter_.wanted()) filter_.remove(turn());
  for (const std::string& device : devices) settle_device(device);
}

}  // namespace holdfast::vrrp
