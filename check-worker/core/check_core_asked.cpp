// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// What an operator asks, and what is counted.
namespace holdfast::check {
namespace {

std::size_t size_of(const CheckDetail& detail) {
  Encoder encoder;
  CheckDetail::describe(encoder, detail);
  return encoder.take().size();
}

void tell(const std::optional<History::Event>& event, std::optional<Time>& at,
          std::string& reason) {
  if (!event) return;
  at = event->at;
  reason = event->reason.substr(0, CheckDetail::kReasonMax);
}

}  // namespace

CheckDetails CheckCore::details_after(const std::string& name) const {
  // Its type, the length of the list and the last flag.
  constexpr std::size_t kRoom = kMessageSizeMax - 8;
  CheckDetails page;
  std::size_t size = 0;
  for (auto next = checks_.upper_bound(name); next != checks_.end(); ++next) {
    CheckDetail detail = detail_of(*next);
    size += size_of(detail);
    if (size > kRoom || page.checks.size() == kListSizeMax) {
      page.more = true;
      break;
    }
    page.checks.push_back(std::move(detail));
  }
  return page;
}

std::shared_ptr<const CheckConfig> CheckCore::config_of(const std::string& name) const {
  const auto found = checks_.find(name);
  return found == checks_.end() ? nullptr : found->second.config;
}

// With the attempts that they count, so that nobody wakes up for it; of very many checks less
// often.
void CheckCore::tell_counters(Checks::value_type& entry) {
  constexpr Duration kPace = std::chrono::seconds{5};
  constexpr Duration kPacePerCheck = std::chrono::milliseconds{1};
  auto& [name, check] = entry;
  const Duration pace = std::max(kPace, kPacePerCheck * static_cast<std::int64_t>(checks_.size()));
  if (!counts_ || (check.counted && now_ - *check.counted < pace)) return;
  check.counted = now_;
  const History& history = check.history;
  actions_.emplace_back(Report{
      CheckCounters{name, history.goods(), history.bads(), history.not_made(), history.took()}});
}

CheckDetail CheckCore::detail_of(const Checks::value_type& entry) const {
  const Check& check = entry.second;
  const History& history = check.history;
  CheckDetail detail;
  detail.check = entry.first;
  detail.good = history.goods();
  detail.bad = history.bads();
  tell(history.last_good(), detail.good_at, detail.good_reason);
  tell(history.last_bad(), detail.bad_at, detail.bad_reason);
  tell(history.hindered(), detail.hindered_at, detail.hindered_reason);
  detail.times = static_cast<std::uint32_t>(history.times());
  detail.median = static_cast<std::uint32_t>(history.percentile(50).count());
  detail.p99 = static_cast<std::uint32_t>(history.percentile(99).count());
  if (!is_watched(check.config->target) && check.planned) detail.next_at = check.next_start;
  detail.held_until = check.held_until;
  if (check.planned && *check.planned < check.hastened_until) detail.hastened = check.hastened;
  if (check.suspended) detail.suspended = "its virtual servers' addresses are not ours";
  if (const std::optional<HostName> host = host_name_of(check.config->target)) {
    const NameState& state = hosts_.at(*host).state;
    detail.resolved = state.address ? state.address->to_string() : "no address";
    if (!state.reason.empty()) detail.resolved += "; " + state.reason;
    detail.resolved.resize(std::min(detail.resolved.size(), 2 * CheckDetail::kReasonMax));
  }
  return detail;
}

}  // namespace holdfast::check
