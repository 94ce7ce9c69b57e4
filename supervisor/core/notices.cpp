// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/notices.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace holdfast::supervisor {
namespace {

constexpr const char* kNobodyYet = "INIT";
constexpr const char* kStopped = "STOP";
constexpr const char* kUp = "UP";
constexpr const char* kDown = "DOWN";
constexpr const char* kRemoved = "no longer configured";

bool has(const Config& config, NoticeOf of, std::string_view name) {
  switch (of) {
    case NoticeOf::kInstance:
      return std::any_of(config.instances.begin(), config.instances.end(),
                         [name](const InstanceConfig& one) { return one.name == name; });
    case NoticeOf::kGroup:
      return std::any_of(config.sync_groups.begin(), config.sync_groups.end(),
                         [name](const SyncGroupConfig& one) { return one.name == name; });
    case NoticeOf::kService:
      return std::any_of(config.virtual_servers.begin(), config.virtual_servers.end(),
                         [name](const VirtualServerConfig& one) { return one.name == name; });
  }
  return false;
}

bool has_omega(const Config& config, const std::string& service) {
  const auto scripts = config.notify.services.find(service);
  return scripts != config.notify.services.end() && scripts->second.down_at_stop;
}

}  // namespace

NoticeList Notices::heard(const RouterState& router, const Config& config) {
  // On its way to another state, or to the end: that is what will be told.
  if (router.state == VrrpState::kInitialize) return {};
  const Subject subject{NoticeOf::kInstance, router.router};
  if (!has(config, subject.first, subject.second)) return {};
  Told& told = told_[subject];
  told.priority = router.priority;
  const std::string state(to_string(router.state));
  const bool won = router.state == VrrpState::kActive && router.conflicts > told.conflicts;
  told.conflicts = router.conflicts;
  if (told.state == state && !won) return {};
  const bool again = told.state == state;
  NoticeList notices{
      tell(subject, told, state,
           again ? "still master: another that called itself master gave way" : router.reason)};
  for (const SyncGroupConfig& group : config.sync_groups) tell_group(group, router, notices);
  return notices;
}

NoticeList Notices::heard(const ServiceState& service, const Config& config) {
  const Subject subject{NoticeOf::kService, service.service};
  if (!has(config, subject.first, subject.second)) return {};
  Told& told = told_[subject];
  told.priority = kPriorityRelease;
  const std::string state = service.quorum ? kUp : kDown;
  if (told.state == state) return {};
  return {tell(subject, told, state, service.reason)};
}

void Notices::tell_group(const SyncGroupConfig& group, const RouterState& router,
                         NoticeList& notices) {
  const auto& members = group.instances;
  if (std::find(members.begin(), members.end(), router.router) == members.end()) return;
  const auto with = [&](std::string_view state) {
    return std::count_if(members.begin(), members.end(), [&](const std::string& name) {
      const auto told = told_.find({NoticeOf::kInstance, name});
      return (told == told_.end() ? kNobodyYet : told->second.state) == state;
    });
  };
  const auto all = static_cast<std::ptrdiff_t>(members.size());
  std::string_view state;
  if (with(to_string(VrrpState::kFault)) > 0) {
    state = to_string(VrrpState::kFault);
  } else if (with(to_string(VrrpState::kActive)) == all) {
    state = to_string(VrrpState::kActive);
  } else if (with(to_string(VrrpState::kBackup)) == all) {
    state = to_string(VrrpState::kBackup);
  } else {
    return;  // on their way to one of these
  }
  const Subject subject{NoticeOf::kGroup, group.name};
  Told& told = told_[subject];
  told.priority = kPriorityRelease;
  if (told.state == state) return;
  notices.push_back(tell(subject, told, std::string(state), router.router + ": " + router.reason));
}

NoticeList Notices::forget_all_but(const Config& config, const Config& former) {
  NoticeList notices;
  for (auto it = told_.begin(); it != told_.end();) {
    const auto entry = it++;
    const auto& [of, name] = entry->first;
    if (has(config, of, name)) continue;
    if (of == NoticeOf::kInstance) {
      notices.push_back(
          tell(entry->first, entry->second, std::string(to_string(VrrpState::kFault)), kRemoved));
    }
    if (of == NoticeOf::kService && has_omega(former, name) && entry->second.state == kUp) {
      notices.push_back(tell(entry->first, entry->second, kDown, kRemoved));
    }
    told_.erase(entry);
  }
  return notices;
}

NoticeList Notices::withdrawn() {
  NoticeList notices;
  for (auto& [subject, told] : told_) {
    if (told.state != to_string(VrrpState::kActive)) continue;
    notices.push_back(tell(subject, told, std::string(to_string(VrrpState::kFault)),
                           "the vrrp-worker does not run: its addresses were removed"));
  }
  return notices;
}

NoticeList Notices::maintenance() {
  NoticeList notices;
  for (auto& [subject, told] : told_) {
    if (subject.first == NoticeOf::kService || told.state == kStopped) continue;
    notices.push_back(tell(subject, told, kStopped, "maintenance"));
  }
  return notices;
}

NoticeList Notices::stopped(const Config& config) {
  NoticeList notices;
  for (auto& [subject, told] : told_) {
    if (subject.first == NoticeOf::kService) {
      if (has_omega(config, subject.second) && told.state == kUp) {
        notices.push_back(tell(subject, told, kDown, "holdfastd stops"));
      }
      continue;
    }
    notices.push_back(tell(subject, told, kStopped, "holdfastd stops"));
  }
  told_.clear();
  return notices;
}

std::vector<Told> Notices::told() const {
  std::vector<Told> all;
  for (const auto& [subject, told] : told_) {
    all.push_back({subject.first, subject.second, told.state, told.priority, told.conflicts});
  }
  return all;
}

void Notices::take_over(const std::vector<Told>& told) {
  for (const Told& one : told) told_.insert_or_assign({one.of, one.name}, one);
}

Notice Notices::tell(const Subject& subject, Told& told, std::string state, std::string reason) {
  std::string previous = std::exchange(told.state, std::move(state));
  if (previous.empty()) previous = kNobodyYet;
  return {subject.first,       subject.second, told.state,
          std::move(previous), told.priority,  std::move(reason)};
}

}  // namespace holdfast::supervisor
