// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's packet filter: the addresses that instances with `accept: false` hold, and to which
// nothing may come in, and who may send adverts to instances with `firewall: peers`. An address is
// shut before it is added, and opened after it was removed. The table is there as long as such an
// instance is configured, so that a kernel that cannot have it is found out before a peer counts on
// this node.
namespace holdfast::vrrp {
namespace {

// No interface has a name like that.
const Repairs::Thing kTable{"/nftables", "the nftables table inet holdfast"};

}  // namespace

// An address that is one of its link only is so by the name of that.
VrrpCore::DropPlace VrrpCore::place_of_drop(const std::string& device, const IpAddress& address) {
  return {is_of_one_link(address) ? device : std::string{}, address};
}

void VrrpCore::index_drops(Instance& instance) {
  if (!instance.config.drops()) return;
  for (const VirtualAddress& held : instance.config.held()) {
    dropping_.emplace(place_of_drop(instance.config.device_of(held), held.address), &instance);
  }
}

void VrrpCore::forget_drops(const Instance& instance) {
  if (!instance.config.drops()) return;
  for (const VirtualAddress& held : instance.config.held()) {
    const auto [first, last] =
        dropping_.equal_range(place_of_drop(instance.config.device_of(held), held.address));
    const auto its =
        std::find_if(first, last, [&](const auto& one) { return one.second == &instance; });
    if (its != last) dropping_.erase(its);
  }
}

// By an instance that holds it now, and is not this one.
bool VrrpCore::is_dropped(const DropPlace& place, const Instance* but) const {
  const auto [first, last] = dropping_.equal_range(place);
  return std::any_of(first, last, [&](const auto& one) {
    return one.second != but && one.second->router.holds_addresses();
  });
}

FilterEntries VrrpCore::desired_entries() const {
  FilterEntries desired;
  for (const auto& [place, instance] : dropping_) {
    if (!instance->router.holds_addresses()) continue;
    const Link* const link = place.first.empty() ? nullptr : links_.named(place.first);
    if (link == nullptr && !place.first.empty()) continue;
    desired.insert(drop_at(link == nullptr ? 0 : link->index, place.second));
  }
  if (!guarding_) return desired;
  for (const auto& [name, instance] : instances_) {
    const Link* const link = links_.named(instance.config.interface);
    if (link != nullptr) desired.merge(guards_on(link->index, instance.config));
  }
  return desired;
}

FilterEntries VrrpCore::guards_on(int link, const InstanceConfig& config) {
  if (config.firewall == Firewall::kNone) return {};
  FilterEntries entries{guard_of(link, config)};
  for (const AdvertSource& source : sources_of(link, config)) entries.insert(source);
  return entries;
}

// An interface has come.
void VrrpCore::guard(const Link& link) {
  if (!guarding_ || !filter_.whole) return;
  for (const Instance* const instance : on_or_tracking(link.name)) {
    if (instance->config.interface != link.name) continue;
    for (const FilterEntry& entry : guards_on(link.index, instance->config)) {
      if (!filter_.entries.contains(entry)) change(Change::kAdd, entry);
    }
  }
}

void VrrpCore::shut(const Link& link, const IpAddress& address) {
  if (dropping_.empty() || !is_dropped(place_of_drop(link.name, address), nullptr)) return;
  const Drop drop = drop_at(link.index, address);
  if (filter_.whole && filter_.entries.contains(drop)) return;
  if (!filter_.whole) return have_filter();
  change(Change::kAdd, drop);
}

void VrrpCore::open(const Instance& instance) {
  if (filter_.entries.empty()) return;
  for (const VirtualAddress& held : instance.config.held()) {
    const std::string& device = instance.config.device_of(held);
    const Link* const link = links_.named(device);
    const Drop drop = drop_at(link == nullptr ? 0 : link->index, held.address);
    if (!filter_.entries.contains(drop)) continue;
    if (is_dropped(place_of_drop(device, held.address), &instance)) continue;
    change(Change::kRemove, drop);
  }
}

// The number of an interface may be another's one day.
void VrrpCore::forget_entries_on(int link) {
  FilterEntries gone;
  std::copy_if(filter_.entries.begin(), filter_.entries.end(), std::inserter(gone, gone.end()),
               [link](const FilterEntry& entry) { return link != 0 && link_of(entry) == link; });
  for (auto entry = gone.rbegin(); entry != gone.rend(); ++entry) change(Change::kRemove, *entry);
}

void VrrpCore::change(Change change, const FilterEntry& entry) {
  actions_.emplace_back(ChangeFilter{change, entry});
  if (change == Change::kAdd) {
    filter_.entries.insert(entry);
  } else {
    filter_.entries.erase(entry);
  }
}

// The table, if it is wanted. Whoever calls knows not yet what will be held: nothing is opened.
void VrrpCore::have_filter() {
  if (wants_filter() && !filter_.whole) reconcile_filter();
}

void VrrpCore::reconcile_filter() {
  const FilterPlan plan = plan_filter(wants_filter(), desired_entries(), filter_);
  if (plan.remove_table) return remove_filter();
  if (plan.make) {
    actions_.emplace_back(MakeFilter{});
    filter_ = {true, true, {}};
  }
  const auto is_drop = [](const FilterEntry& one) { return std::holds_alternative<Drop>(one); };
  // A guard goes before its sources, and they before those that follow: ranges must not overlap.
  for (auto entry = plan.remove.rbegin(); entry != plan.remove.rend(); ++entry) {
    if (!is_drop(*entry)) change(Change::kRemove, *entry);
  }
  for (const FilterEntry& entry : plan.add) change(Change::kAdd, entry);
  for (const FilterEntry& entry : plan.remove) {
    if (is_drop(entry)) change(Change::kRemove, entry);
  }
}

void VrrpCore::remove_filter() {
  if (!filter_.there) return;
  filter_ = {};
  actions_.emplace_back(RemoveFilter{});
}

// Told by the kernel, at first and whenever somebody else may have changed it: `nft flush ruleset`
// takes it away.
void VrrpCore::filter_read(const FilterRead& event) {
  const bool as_expected = event.filter == filter_;
  filter_ = event.filter;
  if (!begun_ || !wants_filter()) return;
  if (filter_.whole && !std::exchange(filter_trouble_, {}).empty()) stand_those_who_drop();
  if (!as_expected) repair_filter();
}

// At a measured pace.
void VrrpCore::repair_filter() {
  if (!wants_filter() || plan_filter(true, desired_entries(), filter_) == FilterPlan{}) return;
  if (!repairs_.grant(kTable, now_)) return;
  if (filter_trouble_.empty() && repairs_.worth_a_line(kTable)) {
    const std::uint64_t count = repairs_.count(kTable);
    log(LogLevel::kWarning,
        kTable.name + " was changed by somebody else: put back" +
            (count == 1 ? "" : " (" + std::to_string(count) + " times so far)"));
  }
  reconcile_filter();
}

bool VrrpCore::repairs_filter(const std::string& place) const {
  return place == kTable.place;
}

// An address that would accept what it must not is not held at all: this node is no router for it,
// until another attempt succeeds. Adverts of strangers are refused without the kernel's help, too.
void VrrpCore::filter_refused(const FilterRefused& event) {
  filter_ = {};
  std::string trouble = (dropping_.empty() ? "firewall: peers" : "accept: false") +
                        std::string{" cannot be had, the kernel refused "} + kTable.name + ": " +
                        event.error;
  if (trouble != filter_trouble_) log(LogLevel::kError, trouble);
  filter_trouble_ = std::move(trouble);
  repairs_.failed(kTable, now_);
  stand_those_who_drop();
}

void VrrpCore::stand_those_who_drop() {
  std::vector<Instance*> instances;
  for (auto& [name, instance] : instances_) {
    if (instance.config.drops()) instances.push_back(&instance);
  }
  stand(instances);
}

}  // namespace holdfast::vrrp
