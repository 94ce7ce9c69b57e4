// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/notices.h"

#include <algorithm>
#include <string_view>

namespace holdfast::supervisor {
namespace {

constexpr const char* kNobodyYet = "INIT";
constexpr const char* kStopped = "STOP";

bool has(const Config& config, NoticeOf of, std::string_view name) {
  switch (of) {
    case NoticeOf::kInstance:
      return std::any_of(config.instances.begin(), config.instances.end(),
                         [name](const InstanceConfig& one) { return one.name == name; });
    case NoticeOf::kGroup:
      return false;
  }
  return false;
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
  return {tell(subject, told, state,
               again ? "still master: another that called itself master gave way" : router.reason)};
}

NoticeList Notices::forget_all_but(const Config& config) {
  NoticeList notices;
  for (auto it = told_.begin(); it != told_.end();) {
    const auto entry = it++;
    const auto& [of, name] = entry->first;
    if (has(config, of, name)) continue;
    notices.push_back(tell(entry->first, entry->second, std::string(to_string(VrrpState::kFault)),
                           "no longer configured"));
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

NoticeList Notices::stopped() {
  NoticeList notices;
  for (auto& [subject, told] : told_) {
    notices.push_back(tell(subject, told, kStopped, "holdfastd stops"));
  }
  told_.clear();
  return notices;
}

Notice Notices::tell(const Subject& subject, Told& told, std::string state, std::string reason) {
  std::string previous = std::exchange(told.state, std::move(state));
  if (previous.empty()) previous = kNobodyYet;
  return {subject.first,       subject.second, told.state,
          std::move(previous), told.priority,  std::move(reason)};
}

}  // namespace holdfast::supervisor
