// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/filter_keeper.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace holdfast::vrrp {
namespace {

// No interface has a name like that.
const Repairs::Thing kTable{"/nftables", "the nftables table inet holdfast"};

FilterEntries guards_on(int link, const InstanceConfig& config) {
  FilterEntries entries{guard_of(link, config)};
  for (const AdvertSource& source : sources_of(link, config)) entries.insert(source);
  return entries;
}

template <typename Key>
void erase_one(std::multimap<Key, const Instance*>& map, const Key& key, const Instance& instance) {
  const auto [first, last] = map.equal_range(key);
  const auto its =
      std::find_if(first, last, [&](const auto& one) { return one.second == &instance; });
  if (its != last) map.erase(its);
}

}  // namespace

// ---- What is wanted

// An address that is one of its link only is so by the name of that.
FilterKeeper::DropPlace FilterKeeper::place_of(const std::string& device,
                                               const IpAddress& address) {
  return {is_of_one_link(address) ? device : std::string{}, address};
}

void FilterKeeper::forget_all() {
  dropping_.clear();
  guarded_.clear();
}

void FilterKeeper::know(const Instance& instance) {
  const InstanceConfig& config = instance.config;
  if (config.firewall == Firewall::kPeers && !instance.leaving) {
    guarded_.emplace(config.interface, &instance);
  }
  if (!config.drops()) return;
  for (const VirtualAddress& held : config.held()) {
    dropping_.emplace(place_of(config.device_of(held), held.address), &instance);
  }
}

void FilterKeeper::forget(const Instance& instance) {
  const InstanceConfig& config = instance.config;
  erase_one(guarded_, config.interface, instance);
  if (!config.drops()) return;
  for (const VirtualAddress& held : config.held()) {
    erase_one(dropping_, place_of(config.device_of(held), held.address), instance);
  }
}

// By an instance that holds it now, and is not this one.
bool FilterKeeper::is_dropped(const DropPlace& place, const Instance* but) const {
  const auto [first, last] = dropping_.equal_range(place);
  return std::any_of(first, last, [&](const auto& one) {
    return one.second != but && one.second->router.holds_addresses();
  });
}

FilterEntries FilterKeeper::desired(const LinkTable& links) const {
  FilterEntries desired;
  for (const auto& [place, instance] : dropping_) {
    if (!instance->router.holds_addresses()) continue;
    const Link* const link = place.first.empty() ? nullptr : links.named(place.first);
    if (link == nullptr && !place.first.empty()) continue;
    desired.insert(drop_at(link == nullptr ? 0 : link->index, place.second));
  }
  for (const auto& [interface, instance] : guarded_) {
    const Link* const link = links.named(interface);
    if (link != nullptr) desired.merge(guards_on(link->index, instance->config));
  }
  return desired;
}

// ---- The whole table

void FilterKeeper::have(const Turn& turn) {
  if (wanted() && !filter_.whole) reconcile(turn);
}

void FilterKeeper::reconcile(const Turn& turn) {
  const FilterPlan plan = plan_filter(wanted(), desired(turn.links), filter_);
  if (plan.remove_table) return remove(turn);
  if (plan.make) {
    turn.actions.emplace_back(MakeFilter{});
    filter_ = {true, true, {}};
  }
  const auto is_drop = [](const FilterEntry& one) { return std::holds_alternative<Drop>(one); };
  // A guard goes before its sources, and they before those that follow: ranges must not overlap.
  for (auto entry = plan.remove.rbegin(); entry != plan.remove.rend(); ++entry) {
    if (!is_drop(*entry)) change(turn, Change::kRemove, *entry);
  }
  for (const FilterEntry& entry : plan.add) change(turn, Change::kAdd, entry);
  for (const FilterEntry& entry : plan.remove) {
    if (is_drop(entry)) change(turn, Change::kRemove, entry);
  }
}

void FilterKeeper::remove(const Turn& turn) {
  if (!filter_.there) return;
  filter_ = {};
  turn.actions.emplace_back(RemoveFilter{});
}

// ---- Of one link, or one instance

void FilterKeeper::guard(const Turn& turn, const Link& link) {
  if (!filter_.whole) return;
  const auto [first, last] = guarded_.equal_range(link.name);
  for (auto one = first; one != last; ++one) {
    for (const FilterEntry& entry : guards_on(link.index, one->second->config)) {
      if (!filter_.entries.contains(entry)) change(turn, Change::kAdd, entry);
    }
  }
}

void FilterKeeper::shut(const Turn& turn, const Link& link, const IpAddress& address) {
  if (dropping_.empty() || !is_dropped(place_of(link.name, address), nullptr)) return;
  const Drop drop = drop_at(link.index, address);
  if (filter_.whole && filter_.entries.contains(drop)) return;
  if (!filter_.whole) return have(turn);
  change(turn, Change::kAdd, drop);
}

void FilterKeeper::open(const Turn& turn, const Instance& instance) {
  if (filter_.entries.empty()) return;
  for (const VirtualAddress& held : instance.config.held()) {
    const std::string& device = instance.config.device_of(held);
    const Link* const link = turn.links.named(device);
    const Drop drop = drop_at(link == nullptr ? 0 : link->index, held.address);
    if (!filter_.entries.contains(drop)) continue;
    if (is_dropped(place_of(device, held.address), &instance)) continue;
    change(turn, Change::kRemove, drop);
  }
}

// The number of an interface may be another's one day.
void FilterKeeper::forget_link(const Turn& turn, int link) {
  FilterEntries gone;
  std::copy_if(filter_.entries.begin(), filter_.entries.end(), std::inserter(gone, gone.end()),
               [link](const FilterEntry& entry) { return link != 0 && link_of(entry) == link; });
  for (auto entry = gone.rbegin(); entry != gone.rend(); ++entry) {
    change(turn, Change::kRemove, *entry);
  }
}

void FilterKeeper::change(const Turn& turn, Change change, const FilterEntry& entry) {
  turn.actions.emplace_back(ChangeFilter{change, entry});
  if (change == Change::kAdd) {
    filter_.entries.insert(entry);
  } else {
    filter_.entries.erase(entry);
  }
}

// ---- What the kernel says

bool FilterKeeper::read(const Filter& filter) {
  return std::exchange(filter_, filter) == filter;
}

bool FilterKeeper::end_trouble() {
  return filter_.whole && !std::exchange(trouble_, {}).empty();
}

// At a measured pace.
void FilterKeeper::repair(const Turn& turn) {
  if (!wanted() || plan_filter(true, desired(turn.links), filter_) == FilterPlan{}) return;
  if (!turn.repairs.grant(kTable, turn.now)) return;
  if (trouble_.empty() && turn.repairs.worth_a_line(kTable)) {
    turn.log(LogLevel::kWarning, kTable.name + " was changed by somebody else: put back" +
                                     times_so_far(turn.repairs.count(kTable)));
  }
  reconcile(turn);
}

bool FilterKeeper::is_at(const std::string& place) {
  return place == kTable.place;
}

void FilterKeeper::refused(const Turn& turn, const std::string& error) {
  filter_ = {};
  std::string trouble = (dropping_.empty() ? "firewall: peers" : "accept: false") +
                        std::string{" cannot be had, the kernel refused "} + kTable.name + ": " +
                        error;
  if (trouble != trouble_) turn.log(LogLevel::kError, trouble);
  trouble_ = std::move(trouble);
  turn.repairs.failed(kTable, turn.now);
}

}  // namespace holdfast::vrrp
