// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/pacing.h"

namespace holdfast::vrrp {

// ---- One limit

void Pacer::push(const Announcement& announcement, int at_most) {
  int& count = counts_[announcement];
  if (count >= at_most) return;
  ++count;
  queue_.push_back(announcement);
}

std::optional<Announcement> Pacer::pop(Time now) {
  if (queue_.empty() || now < free_at_) return std::nullopt;
  free_at_ = now + gap_;
  Announcement first = std::move(queue_.front());
  queue_.pop_front();
  const auto count = counts_.find(first);
  if (--count->second == 0) counts_.erase(count);
  return first;
}

void Pacer::drop(const std::string& instance) {
  std::erase_if(queue_, [&](const Announcement& one) { return one.instance == instance; });
  std::erase_if(counts_, [&](const auto& entry) { return entry.first.instance == instance; });
}

std::optional<Time> Pacer::deadline() const {
  if (queue_.empty()) return std::nullopt;
  return free_at_;
}

// ---- All limits

void Pacing::set_limits(const AnnounceLimits& limits) {
  if (limits == limits_) return;
  limits_ = limits;
  groups_.clear();
  for (std::size_t i = 0; i < limits_.groups.size(); ++i) {
    for (const std::string& interface : limits_.groups[i].interfaces) groups_[interface] = i;
  }
  const std::map<Key, Pacer> before = std::exchange(pacers_, {});
  for (const auto& [key, pacer] : before) {
    std::map<Announcement, int> counts;
    for (const Announcement& one : pacer.waiting()) push(one, ++counts[one]);
  }
}

bool Pacing::limited(const std::string& interface, Family family) const {
  return gap(interface, family) > Duration{0};
}

void Pacing::push(const Announcement& announcement, int at_most) {
  const std::string& interface = announcement.interface;
  const Family family = announcement.address.family();
  const AnnounceGroup* group = group_of(interface);
  const Key key{group == nullptr ? interface : group->interfaces.front(), family};
  pacers_.try_emplace(key, gap(interface, family)).first->second.push(announcement, at_most);
}

std::vector<Announcement> Pacing::due(Time now) {
  std::vector<Announcement> announcements;
  for (auto& [key, pacer] : pacers_) {
    while (auto one = pacer.pop(now)) announcements.push_back(std::move(*one));
  }
  std::erase_if(pacers_, [&](const auto& entry) { return entry.second.idle(now); });
  return announcements;
}

void Pacing::drop(const std::string& instance) {
  for (auto& [key, pacer] : pacers_) pacer.drop(instance);
}

std::optional<Time> Pacing::deadline() const {
  std::optional<Time> first;
  for (const auto& [key, pacer] : pacers_) {
    const std::optional<Time> due = pacer.deadline();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

const AnnounceGroup* Pacing::group_of(const std::string& interface) const {
  const auto it = groups_.find(interface);
  return it == groups_.end() ? nullptr : &limits_.groups[it->second];
}

Duration Pacing::gap(const std::string& interface, Family family) const {
  const AnnounceGroup* group = group_of(interface);
  const AnnounceGap& gap = group == nullptr ? limits_.gap : group->gap;
  return family == Family::kIpv4 ? gap.arp : gap.na;
}

}  // namespace holdfast::vrrp
